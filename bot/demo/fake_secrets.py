"""Things in the shape of secrets, for the stories to leak: none was ever valid anywhere.

They are put together here, at run time, so that no scanner has to argue about this file. In the sessions they stand
whole, because the demo shows that they are masked before anything is stored or posted. Every one says that it is fake:
"demo", "fake" and "notreal" in what would be its random part.
"""

from __future__ import annotations

GITHUB = "ghp" + "_" + "Demo1Fake2Notreal3" * 2  # 36 characters behind the prefix, as GitHub's have
NPM = "npm" + "_" + "Fake4Demo5Notreal6" * 2
AWS_ID = "AK" + "IA" + "FAKEDEMONOTREAL2"  # 16 letters or digits 2-7
DATABASE = "postgres" + "ql://shop:" + "fake-demo-pass-not-real" + "@db.webshop.example:5432/shop"
EMAIL = "demo.customer@example.com"
