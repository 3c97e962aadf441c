"""The cases: what is asked of each, as one would type it, and what must come of it.

Each folder in `cases` has a service with a fault that was reported, as `wrong.py`, and the same
service without it, as `right.py`; the source and its date stand in the first lines of both.
"""

from __future__ import annotations

ADA, BOB = '-H "X-User: ada"', '-H "X-User: bob"'
QUESTIONS = {  # what follows `workerlab explore APP --model serial`
    "alerts": """--listen 'SSE /alerts' --program 'POST /stock/tea?left=1 | POST /stock/milk?left=2'
        --after ''""",
    "allocations": """--with postgres --before 'PUT /stock/tea?quantity=1'
        --program 'POST /checkout/tea | POST /checkout/tea' --after 'GET /stock/tea'""",
    "auction": """--before 'POST /lots {"title": "vase"}' --after 'GET /lots/{before.0.id}' --program
        'POST /lots/{before.0.id}/bids {"bidder": "ada", "amount": 5} |
         POST /lots/{before.0.id}/bids {"bidder": "bob", "amount": 7}'""",
    "audit_log": """--program 'POST /entries?action=login | POST /entries?action=logout'
        --after 'GET /entries'""",
    "board_file": """--program 'POST /events {"title": "chess"} | POST /events {"title": "tea"}'
        --after 'GET /events'""",
    "calendar": """--with postgres --after 'GET /meetings' --program
        'POST /meetings {"guest": "ada", "begins": 9, "ends": 11} |
         POST /meetings {"guest": "bob", "begins": 10, "ends": 12}'""",
    "cart": """--with redis --after 'GET /cart/ada'
        --program 'POST /cart/ada {"product": "tea"} | POST /cart/ada {"product": "milk"}'""",
    "chat": """--with redis --listen 'WS /ws' --after ''
        --program 'POST /messages {"text": "hi"} | POST /messages {"text": "ho"}'""",
    "chat_state": """--after 'GET /chats/one'
        --program 'PATCH /chats/one {"model": "small"} | PATCH /chats/one {"title": "Hi"}'""",
    "code_tries": """--with redis --before 'POST /codes -d email=ada@x.org' --after 'GET /tries/ada@x.org'
        --program 'POST /verify -d email=ada@x.org -d code=1111 |
                   POST /verify -d email=ada@x.org -d code=1234'""",
    "coupon": """--before 'POST /coupons/SPRING' --after 'GET /coupons/SPRING'
        --program 'POST /coupons/SPRING/redeem | POST /coupons/SPRING/redeem'""",
    "credits": """--program 'POST /generate/ada | POST /generate/ada' --after 'GET /credits/ada'""",
    "equipment": """--workers 1 --after 'GET /bookings' --program
        'POST /equipment/1/book {"farmer": "ada"} | POST /equipment/1/book {"farmer": "bob"}'""",
    "etag": """--before 'GET /stock.csv' --after 'GET /stock.csv' --program
        'PUT /stock.csv {"csv": "tea,2"} -H "If-Match: {before.0.headers.etag}" |
         PUT /stock.csv {"csv": "tea,1"} -H "If-Match: {before.0.headers.etag}"'""",
    "events": """--with redis --program 'POST /events {"text": "a"} | POST /events {"text": "b"}'
        --after 'GET /events'""",
    "flags": """--program 'POST /flags/new-checkout/on' --after 'GET /checkout'""",
    "forecasts": """--program 'PUT /table {"monday": "sun"} | GET /forecast/monday'
        --after 'GET /forecast/monday'""",
    "global_count": """--with redis --program 'GET / | GET /' --after ''""",
    "high_scores": """--with redis --after 'GET /scores' --program
        'POST /scores {"player": "ada", "score": 50} | POST /scores {"player": "ada", "score": 70}'""",
    "import_lock": """--program 'POST /import | POST /import' --after 'GET /total'""",
    "invitations": """--before 'POST /invitations?email=ada@x.org' --after 'GET /members' --program
        'POST /invitations/{before.0.id}/accept | POST /invitations/{before.0.id}/accept'""",
    "invites": """--with redis --program 'POST /teams/red/invite | POST /teams/red/invite' --after ''""",
    "invoices": """--program 'POST /invoices {"customer": "ada"} | POST /invoices {"customer": "bob"}'
        --after 'GET /invoices'""",
    "item_numbers": """--program 'POST /items {"name": "pen"} | POST /items {"name": "ink"}'
        --after 'GET /items'""",
    "job_queue": """--with postgres --program 'POST /jobs/claim | POST /jobs/claim'
        --after 'GET /jobs'""",
    "last_admin": """--with postgres --program
        'POST /members/ada/step-down | POST /members/bob/step-down' --after 'GET /admins'""",
    "late_commit": """--program 'POST /notes {"text": "a"} | POST /notes {"text": "b"}'
        --after 'GET /notes'""",
    "lazy_client": """--workers 1 --before 'DELETE /client' --program 'GET /ask | GET /ask'
        --after 'GET /opened'""",
    "like_counts": """--program 'PUT /posts/1/like -H "User: ada" | PUT /posts/1/like -H "User: ada"'
        --after 'GET /posts/1'""",
    "likes": f"""--program 'POST /posts/1/like {ADA} | POST /posts/1/like {ADA}'
        --after 'GET /posts/1/likes'""",
    "lockout": """--before 'POST /login -d username=ada -d password=guess' --program
        'POST /login -d username=ada -d password=x | POST /login -d username=ada -d password=lovelace'
        --after 'POST /login -d username=ada -d password=lovelace'""",
    "login_sessions": """--sign-in 'ada: POST /login -d username=ada' --after ''
        --program 'ada: GET /me | ada: GET /me'""",
    "memories": """--program 'POST /memories {"text": "tea"} | POST /memories {"text": "milk"}'
        --after 'GET /memories'""",
    "metered": """--program 'GET /api/echo | GET /api/echo' --after 'GET /calls'""",
    "metrics": """--program 'GET /rows | GET /rows' --after 'GET /metrics'""",
    "newsletter": """--program 'POST /tick/2026-01-01 | POST /tick/2026-01-01' --after 'GET /sent'""",
    "nonces": """--with redis --after 'GET /balance' --program
        'POST /messages {"nonce": "n1", "amount": 5} | POST /messages {"nonce": "n1", "amount": 5}'""",
    "oauth_state": """--with redis --before 'GET /auth/start?next=/me' --after '' --program
        'GET /auth/callback?state={before.0.state}&code=c1 |
         GET /auth/callback?state={before.0.state}&code=c1'""",
    "one_at_a_time": """--program 'POST /count ["tea"] | POST /count ["tea"]' --after 'GET /count'""",
    "one_connection": """--workers 1 --program
        'POST /transfer/ada/bob/5 | POST /transfer/ada/eve/20' --after 'GET /accounts'""",
    "one_render": """--with redis --program 'POST /users/ada/render | POST /users/ada/render'
        --after 'GET /users/ada/pages'""",
    "one_time_code": """--with redis --before 'POST /codes -d email=ada@x.org' --program
        'POST /sign-in -d email=ada@x.org -d code={before.0.code} |
         POST /sign-in -d email=ada@x.org -d code={before.0.code}' --after 'GET /sessions/ada@x.org'""",
    "order_keys": """--with redis --after 'GET /orders' --program
        'POST /orders?item=tea -H "Idempotency-Key: k1" | POST /orders?item=tea -H "Idempotency-Key: k1"'""",
    "pastes": """--program 'PUT /note {"text": "one"} | PUT /note {"text": "two"}' --after 'GET /note'""",
    "payment_events": """--with postgres --after 'GET /revenue' --program
        'POST /webhook {"id": "evt_1", "amount": 5} | POST /webhook {"id": "evt_1", "amount": 5}'""",
    "payments": """--with postgres --after 'GET /payments' --program
        'POST /payments {"amount": 5} -H "Idempotency-Key: k1" |
         POST /payments {"amount": 5} -H "Idempotency-Key: k1"'""",
    "polls": """--before 'PUT /choices/1' --after 'GET /choices/1'
        --program 'POST /choices/1/vote | POST /choices/1/vote'""",
    "preferences": """--before 'PUT /users/ada' --after 'GET /users/ada/preferences' --program
        'PATCH /users/ada/preferences {"theme": "dark"} | PATCH /users/ada/preferences {"size": 12}'""",
    "price_list": """--program 'PUT /prices {"tea": 4}' --after 'GET /prices'""",
    "profile_cache": """--with redis --program 'PUT /profiles/ada?city=Paris | GET /profiles/ada'
        --after 'GET /profiles/ada'""",
    "provider_keys": """--before 'PUT /v1/providers/one {"key": "old"}' --program
        'PUT /v1/providers/one {"key": "new"} | GET /v1/providers/one/client'
        --after 'GET /v1/providers/one/client'""",
    "rate_cache": """--with redis --program 'PUT /rates/eur {"rate": 1.1}' --after 'GET /rates/eur'""",
    "records": """--before 'POST /records/1?title=Draft' --after 'GET /records/1' --program
        'PUT /records/1 {"title": "One", "version": 1} | PUT /records/1 {"title": "Two", "version": 1}'""",
    "request_globals": f"""--program 'GET /hello {ADA} | GET /hello {BOB}' --after ''""",
    "reset_token": """--before 'POST /forgot/ada' --after '' --program
        'POST /reset {"token": "mail-ada", "password": "a"} |
         POST /reset {"token": "mail-ada", "password": "b"}'""",
    "searches": """--with redis --before 'GET /search' --program 'GET /search | GET /search'
        --after ''""",
    "seats_of_a_plan": """--before 'POST /register {"name": "ada", "password": "x"}' --program
        'POST /register {"name": "bob", "password": "x"} | POST /register {"name": "eve", "password": "x"}'
        --after 'GET /users'""",
    "shop_sqlite": """--program 'POST /api/orders | POST /api/orders' --after 'GET /api/products/1'""",
    "short_links": """--before 'POST /links {"url": "https://x.org"}' --after 'GET /links/{before.0.code}'
        --program 'GET /r/{before.0.code} | GET /r/{before.0.code}'""",
    "slugs": """--after 'GET /articles' --program
        'POST /articles {"title": "My Day", "text": "a"} | POST /articles {"title": "My day", "text": ""}'""",
    "storage_lock": """--with redis --program 'POST /blobs | POST /blobs' --after 'GET /usage'""",
    "summaries": """--after '' --program
        'POST /docsum -F "file=Tea is hot. Yes;filename=notes.txt" |
         POST /docsum -F "file=Ice is cold. No;filename=notes.txt"'""",
    "sync_now": """--program 'POST /sync | POST /sync' --after 'GET /sync'""",
    "text_messages": """--after 'GET /replies' --program
        'POST /sms -d MessageSid=SM1 -d Body=hi | POST /sms -d MessageSid=SM1 -d Body=hi'""",
    "thread_lock": """--program 'POST /deposit/5 | POST /deposit/7' --after 'GET /balance'""",
    "tickets": """--with postgres --program 'POST /tickets {"key": "BUG"} | POST /tickets {"key": "BUG"}'
        --after 'GET /tickets'""",
    "toggles": """--program 'POST /posts/1/like?user=ada | POST /posts/1/like?user=ada'
        --after 'GET /posts/1'""",
    "token_quota": """--after 'GET /users/ada/usage' --program
        'POST /users/ada/prompts {"tokens": 6} | POST /users/ada/prompts {"tokens": 6}'""",
    "token_secret": """--before 'POST /token -d username=ada -d password=x' --after ''
        --program 'GET /me -H "Authorization: Bearer {before.0.access_token}"'""",
    "tool_sessions": """--with redis --after '' --program
        'POST /mcp {"method": "initialize"} then
         POST /mcp {"method": "list"} -H "Mcp-Session-Id: {A.headers.mcp-session-id}"'""",
    "torn_read": """--before 'PUT /objects/a {"n": 1}' --program
        'PUT /objects/a {"n": 2} | GET /objects/a' --after 'GET /objects/a'""",
    "transfers": """--with postgres --before 'PUT /accounts/ada?balance=9 | PUT /accounts/bob?balance=9'
        --program 'POST /transfers/ada/bob/5 | POST /transfers/bob/ada/3'
        --after 'GET /accounts/ada | GET /accounts/bob'""",
    "users": """--program 'POST /users?email=ada@x.org | POST /users?email=ada@x.org'
        --after 'GET /users'""",
    "vendors": """--with postgres --program
        'POST /applications/acme/anvil | POST /applications/acme/anvil' --after 'GET /applications'""",
    "views": """--program 'GET /hit | GET /hit' --after 'GET /hit'""",
    "vouchers": """--with redis --before 'PUT /vouchers ["A1", "B2"]' --program
        'POST /people/ada/voucher | POST /people/bob/voucher' --after 'GET /vouchers'""",
    "word_counts": """--workers 1 --program
        'POST /words {"words": ["tea"]} | POST /words {"words": ["tea"]}' --after 'GET /words'""",
}

WITH = {"code_tries": "--with redis", "one_render": "--with redis", "order_keys": "--with redis"}
PROPOSED = {  # cases of which nothing is asked, and a part of the question that is proposed
    "auction": "POST /lots/{before.0.id}/bids",
    "code_tries": "POST /verify --data-urlencode",
    "global_count": "GET / | GET /",
    "one_render": "POST /users/user{fresh}/render",
    "order_keys": 'POST /orders?item=a{fresh} -H "idempotency-key: a{fresh}"',
    "sync_now": "POST /sync | POST /sync",
    "views": "GET /hit | GET /hit",
}

NOTHING_HAPPENS = {  # questions that nobody can be judged by, and the reason that is told
    "etag": (
        """--program 'PUT /stock.csv {"csv": "a"} | PUT /stock.csv {"csv": "b"}' --after ''""",
        "is answered 422",
    ),
    "records": (
        """--program 'PUT /records/1 {"title": "One"} | PUT /records/1 {"title": "Two"}' --after ''""",
        "is answered 422",
    ),
    "tool_sessions": (
        """--with redis --program 'POST /mcp {"method": "list"}' --after ''""",
        "is answered 404",
    ),
}
