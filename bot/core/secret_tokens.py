"""The literal table of provider tokens: strings that their own shape gives away, wherever they stand.

Shapes are RE2 over bytes and those that the providers publish; where a shape has groups, the first that took part is the
token. A `lead` is what cannot be missing, for the one cheap search that most texts end with: the narrower, the faster. In
examples `<36>` stands for 36 characters of a token (`<x32>` hexadecimal, `<d10>` digits, `<U16>` capitals and digits,
`<k9>` small letters and digits, `<u>` a UUID), so that this file holds no token and no scanner stumbles over it.
"""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """One shape of one provider's tokens: its kind as the mask shows it, its lead, its shape, what it matches and what not."""

    kind: str
    lead: str
    shape: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...] = ()


# A short prefix needs a border before it: the start, a sign, an escape as JSON in JSON has it, or a URL escape.
_B = r"(?:^|[^A-Za-z0-9]|\\[nrt]|%[0-9A-Fa-f]{2})"
_E = r"(?:[^A-Za-z0-9]|$)"
_W = r"[A-Za-z0-9_-]"
_A = r"[A-Za-z0-9]"
_U = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

TOKENS: tuple[Token, ...] = (
    # code, packages, builds
    Token("github-token", r"gh[oprsu]_", rf"gh[oprsu]_(?:[0-9]+_eyJ[A-Za-z0-9_.-]+|{_A}{{20,}})", ("ghp_<36>", "ghs_<36>", "gho_<36>"), ("gh_token", "ghp_XXXX")),
    Token("github-token", r"github_pat_", r"github_pat_[A-Za-z0-9_]{22,}", ("github_pat_<22>_<59>",), ("github_pat_scopes",)),
    Token("gitlab-token", r"gl[a-z]{1,7}-", rf"gl(?:pat|ptt|dt|rt|rtr|cbt|ft|imt|agent|oas|soat|ffct|wt)-{_W}{{16,}}(?:\.[A-Za-z0-9]{{2,9}})*", ("glpat-<20>", "glptt-<x40>", "glrt-<27>.<k9>"), ("gl-button-group-of-many-things",)),
    Token("gitlab-token", r"GR1348941", rf"GR1348941{_W}{{20,}}", ("GR1348941<20>",), ("GR1348941",)),
    Token("bitbucket-token", r"ATBB|ATCTT", rf"ATBB{_W}{{12,}}|ATCTT3x[A-Za-z0-9_=%-]{{20,}}", ("ATBB<32>",), ("ATBB",)),
    Token("npm-token", r"npm_[A-Za-z0-9]{8}", rf"npm_{_A}{{30,}}", ("npm_<36>",), ("npm_config_registry", "npm_lifecycle_event")),
    Token("pypi-token", r"pypi-Ag", rf"pypi-Ag{_W}{{30,}}", ("pypi-AgEIcHlwaS5vcmc<70>",), ("pypi-server",)),
    Token("rubygems-token", r"rubygems_", r"rubygems_[a-f0-9]{32,}", ("rubygems_<x48>",), ("rubygems_version",)),
    Token("nuget-key", r"oy2[a-z0-9]", rf"{_B}(oy2[a-z0-9]{{43}}){_E}", ("oy2<k43>",), ("oy2k",)),
    Token("crates-token", r"cio[A-Za-z0-9]{8}", rf"{_B}(cio{_A}{{32}}){_E}", ("cio<32>",), ("cio",)),
    Token("clojars-token", r"CLOJARS_", r"CLOJARS_[a-f0-9]{40,}", ("CLOJARS_<x60>",), ("CLOJARS_USER",)),
    Token("docker-token", r"dckr_", rf"dckr_(?:pat|oat)_{_W}{{20,}}", ("dckr_pat_<27>",), ("dckr_pat",)),
    Token("docker-swarm-key", r"SWM(?:KEY|TKN)", r"SWM(?:KEY|TKN)-1-[A-Za-z0-9+/-]{20,}", ("SWMTKN-1-<k50>-<k25>",), ("SWMKEY",)),
    Token("artifactory-key", r"AKC|AP[0-9A-F]|cmVmdGtu", rf"{_B}(AKC{_A}{{20,}})|{_B}(AP[0-9A-F]{_A}{{20,}})|cmVmdGtuOj{_A}{{40,}}", ("AKC<64>", "AP5<60>"), ("APPLICATION", "AKCKS")),
    Token("jetbrains-token", r"perm:", r"perm:[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=.-]{16,}", ("perm:<16>=.<24>=.<30>",), ("perm: rwx",)),
    Token("buildkite-token", r"bkua_", r"bkua_[a-z0-9]{30,}", ("bkua_<x40>",), ("bkua_",)),
    Token("circleci-token", r"CCIPAT_", rf"CCIPAT_{_A}+_[a-f0-9]{{30,}}", ("CCIPAT_<22>_<x40>",), ("CCIPAT_",)),
    Token("sonar-token", r"sq[abpu]_", rf"{_B}(sq[abpu]_[a-f0-9]{{32,}})", ("squ_<x40>",), ("sqa_model",)),
    Token("sourcegraph-token", r"sg[pr]_|slk_", rf"{_B}(sg[pr]_(?:local_|[a-f0-9]{{16}}_)?[a-fA-F0-9]{{32,}})|slk_[a-f0-9]{{60,}}", ("sgp_<x40>",), ("sgp_local",)),
    Token("octopus-key", r"API-[A-Z0-9]{8}", rf"{_B}(API-[A-Z0-9]{{25,}})", ("API-<U28>",), ("API-REFERENCE",)),
    Token("harness-token", r"pat\.", rf"{_B}(pat\.{_W}{{20,}}\.[0-9a-f]{{20,}}\.{_A}{{16,}})", ("pat.<22>.<x24>.<20>",), ("pat.py",)),
    Token("coderabbit-key", r"cr-[0-9a-f]{12}", rf"{_B}(cr-[0-9a-f]{{40,}})", ("cr-<x58>",), ("cr-",)),
    Token("postman-key", r"PMA[KT]-", r"PMA[KT]-[A-Za-z0-9-]{20,}", ("PMAK-<x24>-<x34>",), ("PMAK-",)),
    Token("readme-key", r"rdme_", r"rdme_[a-z0-9]{60,}", ("rdme_<k70>",), ("rdme_x",)),
    # clouds
    Token("aws-key", r"A(?:3T[A-Z0-9]|KIA|GPA|IDA|ROA|IPA|NPA|NVA|SIA|BIA|CCA|PKA|SCA)[A-Z0-9]{6}", rf"{_B}((?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA|ABIA|ACCA|APKA|ASCA)[A-Z0-9]{{16}}){_E}", ("AKIA<U16>", "ASIA<U16>"), ("AKIAIOSFODNN7EXAMPLE", "ASIAN")),
    Token("aws-key", r"ABSK|bedrock-api-key-|amzn\.mws", rf"ABSK[A-Za-z0-9+/]{{60,}}={{0,2}}|bedrock-api-key-{_W}{{16,}}={{0,2}}|amzn\.mws\.[0-9a-z-]{{30,}}", ("ABSK<120>", "bedrock-api-key-<32>"), ("bedrock-api-key-",)),
    Token("google-key", r"AIza|AQ\.Ab", rf"AIza{_W}{{30,}}|{_B}(AQ\.Ab{_W}{{30,}})", ("AIza<35>",), ("AIzawl",)),
    Token("google-token", r"ya29|1//0", rf"ya29\.[A-Za-z0-9_.-]{{20,}}|1//0{_W}{{30,}}", ("ya29.<60>", "1//0<60>"), ("ya29",)),
    Token("google-secret", r"GOCSPX-|apps\.googleusercontent", rf"GOCSPX-{_W}{{20,}}|[0-9]{{6,}}-[a-z0-9]{{20,}}(?:\.apps\.googleusercontent\.com)?", ("GOCSPX-<28>", "<d12>-<k32>.apps.googleusercontent.com"), ("GOCSPX-",)),
    Token("azure-key", r"AccountKey=|AccessKey=|JQQJ9|AZDO", rf"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{{20,}}={{0,2}})|{_A}{{40,}}JQQJ9{_A}{{20,}}={{0,2}}|{_A}{{52,}}AZDO{_A}{{4}}", ("AccountKey=<86>==", "<52>JQQJ99<24>"), ("AccountKey=",)),
    Token("azure-secret", r"[a-zA-Z0-9]{3}[0-9]?Q~", r"[A-Za-z0-9]{3}[0-9]?Q~[A-Za-z0-9_.~-]{30,}", ("abc8Q~<34>",), ("Q~",)),
    Token("alibaba-key", r"LTAI|STS\.", rf"LTAI{_A}{{12,}}|{_B}(STS\.{_A}{{15,}})|{_B}(CAIS[A-Za-z0-9+/=]{{30,}})", ("LTAI<20>", "STS.<24>"), ("STS.x",)),
    Token("tencent-key", r"AKID", rf"{_B}(AKID{_A}{{28,}})", ("AKID<32>",), ("AKID",)),
    Token("yandex-key", r"y[0-3]_|AQVN|t1\.[A-Za-z0-9_-]{12}", rf"{_B}(y[0-3]_{_W}{{30,}})|AQVN{_W}{{30,}}|{_B}(t1\.{_W}{{20,}}\.{_W}{{40,}})", ("y0_<50>", "AQVN<38>"), ("y0_axis",)),
    Token("digitalocean-token", r"do[opr]_v1_", r"do[opr]_v1_[a-f0-9]{40,}", ("dop_v1_<x64>",), ("dop_v1_",)),
    Token("fly-token", r"fm[12]|FlyV1|fo1_", r"(?:fm[12][ar]?_|fo1_|FlyV1 )[A-Za-z0-9+/=_,-]{20,}", ("fm2_<80>", "fo1_<43>"), ("fm2_x",)),
    Token("heroku-key", r"HRKU-", r"HRKU-[A-Za-z0-9_-]{30,}", ("HRKU-<u>",), ("HRKU-",)),
    Token("netlify-token", r"nf[pcob]_", rf"nf[pcob]_{_A}{{20,}}", ("nfp_<36>",), ("nfp_x",)),
    Token("vercel-token", r"vc[a-z]_", rf"{_B}(vc[a-z]_{_A}{{20,}})", ("vcp_<40>",), ("vc_run",)),
    Token("scaleway-key", r"SCW[A-Z0-9]{8}", rf"{_B}(SCW[A-Z0-9]{{17}}){_E}", ("SCW<U17>",), ("SCW_ACCESS_KEY",)),
    Token("doppler-token", r"dp\.[a-z]", rf"dp\.[a-z]{{2,6}}\.(?:[a-z0-9_-]+\.)?{_A}{{30,}}", ("dp.pt.<43>",), ("dp.st.x",)),
    Token("tailscale-key", r"tskey-", rf"tskey-[a-z0-9]+-{_W}{{10,}}", ("tskey-auth-<12>-<24>",), ("tskey-",)),
    Token("terraform-token", r"\.atlasv1\.", rf"{_A}{{10,}}\.atlasv1\.{_W}{{20,}}", ("<14>.atlasv1.<60>",), (".atlasv1.",)),
    Token("pulumi-token", r"pul-", r"pul-[a-f0-9]{40}", ("pul-<x40>",), ("pul-",)),
    Token("prefect-token", r"pn[bu]_", rf"{_B}(pn[bu]_{_A}{{30,}})", ("pnu_<36>",), ("pnu_x",)),
    Token("akamai-key", r"akab-", r"akab-[a-z0-9-]{20,}", ("akab-<k16>-<k16>",), ("akab-",)),
    Token("vault-token", r"hv[sbr]\.", rf"{_B}(hv[sbr]\.{_W}{{20,}})", ("hvs.<90>",), ("hvs.go",)),
    Token("age-key", r"AGE-", r"AGE-SECRET-KEY-1[0-9A-Z]{50,}", ("AGE-SECRET-KEY-1<U58>",), ("AGE-SECRET-KEY",)),
    # talk
    Token("slack-token", r"xox[a-z]|xapp-", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9%-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}", ("xoxb-<d12>-<d12>-<24>", "xapp-1-A<U10>-<d13>-<x64>"), ("xoxb-...",)),
    Token("slack-webhook", r"hooks\.slack", r"(?:https?://)?hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{16,}", ("https://hooks.slack.com/services/T<U8>/B<U8>/<24>",), ("https://hooks.slack.com/",)),
    Token("telegram-token", r"[0-9]{8}:[A-Za-z0-9_-]{8}", rf"([0-9]{{8,10}}:{_W}{{34,36}})(?:[^A-Za-z0-9_-]|$)", ("<d10>:AA<33>",), ("12345678:A",)),
    Token("discord-token", r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.", rf"([MNO]{_W}{{22,27}}\.{_W}{{6}}\.{_W}{{27,40}})", ("M<25>.<6>.<38>",), ("M.a.b",)),
    Token("discord-webhook", r"discord(?:app)?\.com/api", rf"(?:https?://)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]+/{_W}{{20,}}", ("https://discord.com/api/webhooks/<d18>/<68>",), ("https://discord.com/api/v10",)),
    Token("teams-webhook", r"office\.com/webhook", r"(?:https?://)?[A-Za-z0-9.-]*office\.com/webhook[a-z0-9]*/[A-Za-z0-9@/-]{40,}", ("https://acme.webhook.office.com/webhookb2/<u>@<u>/IncomingWebhook/<x32>/<u>",), ("office.com/webhook",)),
    Token("webhook", r"hooks\.zapier|hook\.[a-z0-9.]*make|maker\.ifttt|/hooks/", rf"(?:https?://)?hooks\.zapier\.com/hooks/catch/[A-Za-z0-9/]{{8,}}|(?:https?://)?hook\.[a-z0-9.]*make\.com/{_A}{{16,}}|maker\.ifttt\.com/trigger/[^/]*/with/key/({_W}{{16,}})|/hooks/([a-z0-9]{{26}}){_E}", ("https://hooks.zapier.com/hooks/catch/<d7>/<k6>", "https://chat.acme.dev/hooks/<k26>"), (".git/hooks/pre-commit",)),
    Token("twilio-key", r"(?:SK|AC)[0-9a-fA-F]{8}", rf"{_B}((?:SK|AC)[0-9a-fA-F]{{32}}){_E}", ("SK<x32>", "AC<x32>"), ("ACcess",)),
    Token("sendgrid-key", r"SG\.[A-Za-z0-9_-]{8}", rf"{_B}(SG\.{_W}{{16,}}\.{_W}{{16,}})", ("SG.<22>.<43>",), ("SG.exe",)),
    Token("brevo-key", r"xkeysib-|xsmtpsib-", r"x(?:key|smtp)sib-[A-Za-z0-9-]{30,}", ("xkeysib-<x64>-<16>",), ("xkeysib-",)),
    Token("mailgun-key", r"key-[0-9a-z]{8}", rf"{_B}(key-[0-9a-z]{{32,}})", ("key-<x32>",), ("key-value-store", "key-combination-of-the-day")),
    Token("mailchimp-key", r"-us[0-9]", rf"{_A}{{32}}-us[0-9]{{1,2}}", ("<x32>-us12",), ("region-us1",)),
    Token("facebook-token", r"EAA[A-Z]", rf"{_B}(EAA[A-Z]{_A}{{20,}})", ("EAAC<80>",), ("EAAX",)),
    # money
    Token("stripe-key", r"[aprs]k_(?:live|test|prod)|whsec_", r"(?:sk|pk|rk|ak)_(?:live|test|prod)_[0-9A-Za-z_]{10,}|whsec_[A-Za-z0-9+/]{20,}={0,2}", ("sk_live_<24>", "rk_test_<99>", "whsec_<32>"), ("sk_test_xxx", "risk_test_all")),
    Token("shopify-token", r"shp[a-z]{2}_", rf"shp[a-z]{{2}}_{_A}{{20,}}", ("shpat_<x32>",), ("shpat_x",)),
    Token("square-token", r"sq0|EAAA", rf"sq0[a-z]{{3}}-{_W}{{20,}}|{_B}(EAAA{_W}{{50,}})", ("sq0atp-<22>",), ("sq0x",)),
    Token("paypal-token", r"access_token\$", r"access_token\$[a-z]+\$[0-9a-z]{10,}\$[0-9a-f]{20,}", ("access_token$production$<k16>$<x32>",), ("access_token$x",)),
    Token("easypost-key", r"EZ[AT]K", rf"EZ[AT]K{_A}{{40,}}", ("EZAK<54>",), ("EZTK",)),
    Token("flutterwave-key", r"FLW", rf"FLW(?:PUB|SEC)K_?(?:TEST|LIVE)?-{_A}{{20,}}-?X?", ("FLWSECK_TEST-<x32>-X",), ("FLWS",)),
    Token("razorpay-key", r"rzp_", rf"rzp_(?:live|test)_{_A}{{10,}}", ("rzp_live_<14>",), ("rzp_test",)),
    Token("adyen-key", r"AQE", rf"{_B}(AQE{_A}{{20,}})", ("AQE<60>",), ("AQEX",)),
    Token("midtrans-key", r"Mid-", rf"Mid-(?:client|server)-{_W}{{10,}}", ("Mid-server-<24>",), ("Mid-server",)),
    Token("ebay-key", r"-(?:PRD|SBX)-", rf"{_A}+-{_A}+-(?:PRD|SBX)-[0-9a-f-]{{16,}}", ("Acme-App-PRD-<x9>-<x8>",), ("a-PRD-b",)),
    Token("shippo-token", r"shippo_", r"shippo_(?:live|test)_[0-9a-f]{30,}", ("shippo_live_<x40>",), ("shippo_live",)),
    Token("lob-key", r"(?:live|test)_(?:pub_)?[0-9a-f]{8}", rf"{_B}((?:live|test)_(?:pub_)?[0-9a-f]{{30,}})", ("live_<x35>",), ("live_pub_sub",)),
    Token("ramp-key", r"ramp_", rf"ramp_[a-z]+_{_A}{{20,}}", ("ramp_sec_<40>",), ("ramp_up_time",)),
    # watching
    Token("sentry-token", r"sntr", r"sntr[a-z]{2}_[A-Za-z0-9+/=_-]{30,}", ("sntryu_<x64>",), ("sntrys_",)),
    Token("grafana-token", r"glc_|glsa_", r"glc_[A-Za-z0-9+/=]{20,}|glsa_[A-Za-z0-9_]{30,}", ("glsa_<32>_<x8>", "glc_<60>"), ("glc_x",)),
    Token("newrelic-key", r"NR[A-Z]{2}-|NRAL", rf"NR(?:AK|RA|II|JS|BR|RS|AL|MK)-{_W}{{15,}}|[a-f0-9]{{30,}}NRAL", ("NRAK-<U27>", "<x36>NRAL"), ("NRAK-",)),
    Token("dynatrace-token", r"dt0[a-z]", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{16,}\.[A-Z0-9]{32,}", ("dt0c01.<U24>.<U64>",), ("dt0c01.",)),
    Token("posthog-key", r"ph[a-z]_[A-Za-z0-9]{8}", rf"{_B}(ph[a-z]_{_A}{{30,}})", ("phc_<43>",), ("ph_value",)),
    Token("launchdarkly-key", r"(?:sdk|api|mob)-[0-9a-z]{8}-", r"(?:sdk|api|mob)-[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}", ("sdk-<u>",), ("sdk-manager",)),
    Token("honeycomb-key", r"hc[a-z]{2}_", rf"hc[a-z]{{2}}_{_A}{{30,}}", ("hcik_<58>",), ("hcik_x",)),
    Token("pganalyze-key", r"pgar_", rf"pgar_{_A}{{20,}}", ("pgar_<27>",), ("pgar_",)),
    # work
    Token("atlassian-token", r"AT[A-Z]TT3x", r"AT[A-Z]TT3x[A-Za-z0-9_=%-]{20,}", ("ATATT3xFfGF0<180>",), ("ATATT",)),
    Token("linear-key", r"lin_(?:api|oauth)", rf"lin_(?:api|oauth)_{_A}{{30,}}", ("lin_api_<40>",), ("lin_space",)),
    Token("notion-token", r"ntn_|secret_[A-Za-z0-9]{12}", rf"ntn_{_A}{{30,}}|{_B}(secret_{_A}{{32,}})", ("ntn_<d11><35>", "secret_<43>"), ("secret_name_of_the_key",)),
    Token("airtable-token", r"pat[A-Za-z0-9]{14}\.|oaa[A-Za-z0-9]{14}\.", rf"pat{_A}{{14}}\.[a-f0-9]{{40,}}|oaa{_A}{{14}}\.v1\.[A-Za-z0-9_.=-]{{20,}}", ("pat<14>.<x64>",), ("pattern.py",)),
    Token("figma-token", r"fig[a-z]_", rf"fig[a-z]_{_W}{{20,}}", ("figd_<40>",), ("fig_size",)),
    Token("contentful-token", r"CFPAT", rf"CFPAT-{_W}{{30,}}", ("CFPAT-<43>",), ("CFPAT-",)),
    Token("dropbox-token", r"sl\.[A-Za-z0-9_-]{12}", rf"{_B}(sl\.[A-Za-z0-9_.-]{{50,}})", ("sl.<130>",), ("sl.exe",)),
    Token("hubspot-token", r"pat-[a-z]", r"pat-[a-z]{2,3}[0-9]-[0-9a-fA-F-]{30,}", ("pat-na1-<u>",), ("pat-na1",)),
    Token("typeform-token", r"tfp_", r"tfp_[A-Za-z0-9_.=-]{30,}", ("tfp_<44>_<14>",), ("tfp_",)),
    Token("zoho-token", r"1000\.[a-f0-9]{8}", rf"{_B}(1000\.[a-f0-9]{{32}}\.[a-f0-9]{{32}})", ("1000.<x32>.<x32>",), ("1000.0",)),
    Token("onepassword-key", r"ops_eyJ|A3-", rf"ops_eyJ{_W}{{30,}}|{_B}(A3-[A-Z0-9]{{6}}-[A-Z0-9]{{5,6}}-[A-Z0-9-]{{16,}})", ("A3-<U6>-<U6>-<U5>-<U5>-<U5>-<U5>",), ("A3-size",)),
    Token("salesforce-token", r"00D", rf"{_B}(00D{_A}{{9,15}}![A-Za-z0-9_.]{{30,}})", ("00D<12>!<80>",), ("00D1",)),
    Token("teamwork-token", r"tkn\.v", rf"{_B}(tkn\.v[0-9]_[A-Za-z0-9_=-]{{30,}})", ("tkn.v1_<80>=",), ("tkn.v1",)),
    Token("duffel-token", r"duffel_", rf"duffel_(?:live|test)_{_W}{{30,}}", ("duffel_test_<43>",), ("duffel_bag",)),
    Token("frameio-token", r"fio-u-", rf"fio-u-{_W}{{60,}}", ("fio-u-<64>",), ("fio-u-",)),
    Token("wakatime-key", r"waka_", rf"waka_{_U}", ("waka_<u>",), ("waka_time",)),
    # data
    Token("databricks-token", r"dapi[a-fA-F0-9]", r"dapi[a-fA-F0-9]{30,}(?:-[0-9])?", ("dapi<x32>",), ("dapi.json",)),
    Token("planetscale-token", r"pscale_", r"pscale_[a-z]+_[A-Za-z0-9_.=-]{20,}", ("pscale_pw_<43>",), ("pscale_user",)),
    Token("supabase-key", r"sb[ap]_[A-Za-z0-9]{8}|sb_(?:secret|publishable)", rf"{_B}(sb[ap]_{_A}{{30,}})|sb_(?:secret|publishable)_{_W}{{16,}}", ("sbp_<x40>", "sb_secret_<31>"), ("sb_secret_",)),
    Token("neon-key", r"napi_", rf"napi_{_A}{{30,}}", ("napi_<64>",), ("napi_env",)),
    Token("clickhouse-key", r"4b1d", rf"{_B}(4b1d{_A}{{38}}){_E}", ("4b1d<38>",), ("4b1d",)),
    Token("cockroach-key", r"CCDB1_", rf"CCDB1_{_W}{{30,}}", ("CCDB1_<22>_<40>",), ("CCDB1_",)),
    Token("confluent-key", r"cf(?:k|ut|at)_|cflt", rf"{_B}(cf(?:k|ut|at)_{_A}{{30,}})|cflt{_A}{{50,}}", ("cfk_<52>",), ("cfk_x",)),
    Token("pinecone-key", r"pcsk_", r"pcsk_[A-Za-z0-9_]{30,}", ("pcsk_<70>",), ("pcsk_",)),
    Token("configcat-key", r"configcat-sdk", r"configcat-sdk-[0-9]/[A-Za-z0-9_-]{16,}/[A-Za-z0-9_-]{16,}", ("configcat-sdk-1/<22>/<22>",), ("configcat-sdk",)),
    # models
    Token("anthropic-key", r"sk-ant-", rf"sk-ant-{_W}{{20,}}", ("sk-ant-api03-<93>AA", "sk-ant-oat01-<86>"), ("sk-ant-api03-XXXXXXXXXXXXXXXX",)),
    Token("openai-key", r"(?:sk|pk)[-_][A-Za-z0-9-]{8}", rf"{_B}((?:sk|pk|gsk|csk|ssk)[-_](?:proj-|svcacct-|admin-|or-v1-|lf-)?{_W}{{20,}})", ("sk-proj-<48>T3BlbkFJ<48>", "sk-<48>", "gsk_<52>"), ("task-runner-of-the-morning-shift", "sk-...")),
    Token("huggingface-token", r"hf_|api_org_", rf"{_B}((?:hf|api_org)_{_A}{{20,}})", ("hf_<34>", "api_org_<34>"), ("hf_hub_download", "hf_home")),
    Token("replicate-token", r"r8_", rf"{_B}(r8_{_A}{{30,}})", ("r8_<37>",), ("r8_x",)),
    Token("perplexity-key", r"pplx-", rf"pplx-{_A}{{30,}}", ("pplx-<48>",), ("pplx-70b-online",)),
    Token("xai-key", r"xai-", rf"xai-{_A}{{40,}}", ("xai-<80>",), ("xai-sdk",)),
    Token("nvidia-key", r"nvapi-", rf"nvapi-{_W}{{30,}}", ("nvapi-<64>",), ("nvapi-x",)),
    Token("tavily-key", r"tvly-", rf"tvly-{_W}{{20,}}", ("tvly-<32>",), ("tvly-x",)),
    Token("firecrawl-key", r"fc-[0-9a-f]{8}", rf"{_B}(fc-[0-9a-f]{{32}}){_E}", ("fc-<x32>",), ("fc-list",)),
    Token("fireworks-key", r"fw_[A-Za-z0-9]{8}", rf"{_B}(fw_{_A}{{20,}})", ("fw_<24>",), ("fw_cfg",)),
    Token("jina-key", r"jina_", rf"jina_{_A}{{30,}}", ("jina_<60>",), ("jina_reader",)),
    Token("voyage-key", r"pa-[A-Za-z0-9]{8}", rf"{_B}(pa-{_W}{{40,}})", ("pa-<43>",), ("pa-ss",)),
    Token("langsmith-key", r"lsv2_", r"lsv2_[a-z]{2}_[a-f0-9]{32}_[a-f0-9]{8,}", ("lsv2_pt_<x32>_<x10>",), ("lsv2_pt",)),
    Token("devin-key", r"cog_|apk_", rf"cog_[a-z0-9]{{30,}}|{_B}(apk_[a-z]*_?{_A}{{40,}}={{0,2}})", ("cog_<k52>",), ("cog_wheel",)),
    Token("apify-token", r"apify_api", rf"apify_api_{_W}{{20,}}", ("apify_api_<36>",), ("apify_api_client",)),
    Token("cesium-token", r"ion_[A-Za-z0-9]{12}", rf"{_B}(ion_{_A}{{40,}})", ("ion_<42>",), ("ion_button",)),
    Token("provider-token", r"ico-|odt_|endr\+|zpka_|web_[0-9a-f]{12}|tk-us-|s-s4t2", rf"ico-{_A}{{30,}}|odt_{_A}{{30,}}|endr\+{_A}{{12,}}|zpka_[0-9a-f_]{{30,}}|{_B}(web_[0-9a-f]{{32}}){_E}|tk-us-{_W}{{30,}}|s-s4t2(?:ud|af)-[0-9a-f]{{40,}}", ("ico-<32>", "odt_<36>", "zpka_<x32>_<x8>"), ("ico-font",)),
    Token("jwt", r"eyJ", rf"eyJ[A-Za-z0-9_=-]{{8,}}\.[A-Za-z0-9_=/+.-]{{12,}}|{_B}(eyJ{_W}{{40,}}={{0,2}})", ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.<43>",), ("eyJ",)),
)  # fmt: skip
