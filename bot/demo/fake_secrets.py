"""Things in the shape of secrets, for the stories to leak: none was ever valid anywhere.

They are put together here, at run time, so that no scanner has to argue about this file. In the sessions they stand
whole, because the demo shows that they are masked before anything is stored or posted. The tokens say that they are
fake ("Demo", "Fake", "Notreal") where random characters would be. The password and the address must not: values that
call themselves examples, and addresses of reserved domains, are rightly left alone by the masking. So the host is a
reserved one (`.example`), and the address lies under a top-level domain that does not exist (`.notreal`).
"""

from __future__ import annotations

GITHUB = "ghp" + "_" + "Demo1Fake2Notreal3" * 2  # 36 characters behind the prefix, as GitHub's have
NPM = "npm" + "_" + "Fake4Demo5Notreal6" * 2
AWS_ID = "AK" + "IA" + "FAKEDEMONOTREAL2"  # 16 letters or digits 2-7
PASSWORD = "Walnut7" + "Harbour"
DATABASE = "postgres" + "ql://shop:" + PASSWORD + "@db.webshop.example:5432/shop"
EMAIL = "lotte.brandt" + "@" + "webshop.notreal"
