"""How the pages look, by day and by night."""

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --quiet: #777; --open: #1a7f37; --done: #8250df; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 1rem; }
a { color: LinkText; text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
nav, .quiet { color: var(--quiet); font-size: .875rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0; overflow-wrap: anywhere; }
h1 .quiet { font-size: inherit; }
ul.rows { list-style: none; padding: 0; border: 1px solid var(--line); border-radius: .5rem; }
ul.rows li { padding: .6rem .9rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
ul.rows li:first-child { border-top: 0; }
.state { color: #fff; background: var(--done); border-radius: 1rem; padding: .1rem .7rem; font-size: .875rem; }
.state.open { background: var(--open); }
.label { border: 1px solid var(--line); background: var(--soft); border-radius: 1rem; padding: 0 .5rem; white-space: nowrap; }
.label, details { font-size: .8rem; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; }
article header { background: var(--soft); padding: .4rem .9rem; font-size: .875rem; }
.text { padding: .2rem .9rem; overflow-wrap: anywhere; }
.text p { white-space: pre-wrap; margin: .5rem 0; }
.text h4 { margin: 1rem 0 .3rem; }
pre { background: var(--soft); border-radius: .4rem; padding: .6rem; overflow-x: auto; font-size: .85rem; }
pre { white-space: pre-wrap; }
details { color: var(--quiet); }
article > details { padding: 0 .9rem .4rem; }
.reactions { margin: .3rem .9rem; }
.event { color: var(--quiet); font-size: .875rem; margin: .4rem .9rem; overflow-wrap: anywhere; }
textarea { width: 100%; min-height: 7rem; font: inherit; padding: .5rem; }
form p { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; }
button, select { font: inherit; padding: .25rem .7rem; }
.warning { border: 1px solid #c60; border-radius: .5rem; padding: .6rem .9rem; }
"""
