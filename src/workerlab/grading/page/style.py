"""The look of the result page: light and dark after the reader's own setting, print, keyboard."""

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1b1f24;--soft:#57606a;
--line:#d0d7de;--good:#0b6b3a;--bad:#b3261e;--unsure:#7a5200;--link:#0a58a6;--bar:#0072b2}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14171c;--card:#1d2229;--ink:#e8ebee;
--soft:#a6b0bb;--line:#3a424d;--good:#62d394;--bad:#ff8f85;--unsure:#f0c060;--link:#79b8ff;
--bar:#56b4e9}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.3rem;margin:2.25rem 0 .25rem}
h3{font-size:1.05rem;margin:0 0 .5rem}
h1,h2,h3,header code,.next code,tbody th{overflow-wrap:anywhere}
p{margin:.35rem 0}
.soft{color:var(--soft)}
code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:.875em}
.id{overflow-wrap:anywhere}
a{color:var(--link)}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.4rem .8rem}
:focus-visible{outline:3px solid var(--bar);outline-offset:2px;border-radius:4px}
.meter{height:.6rem;background:var(--card);border:1px solid var(--line);border-radius:.4rem;
overflow:hidden;margin:.6rem 0 1rem}
.meter span{display:block;height:100%;background:var(--bar)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.5rem 1.25rem .5rem 0;
border-bottom:1px solid var(--line)}
thead th{font-size:.85rem;color:var(--soft);font-weight:600}
tbody th{font-weight:400}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.state{white-space:nowrap;font-weight:600}
.passed{color:var(--good)}.failed{color:var(--bad)}
.inconclusive,.not_gradable{color:var(--unsure)}
article{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
padding:1rem 1.25rem;margin:1.25rem 0}
article .state{margin-right:.5rem}
.message{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0;border-left:3px solid var(--bad);
padding-left:.75rem}
.inconclusive-box .message,.not_gradable-box .message{border-color:var(--unsure)}
figure{margin:1rem 0;overflow-x:auto}
figure svg{display:block}
pre{overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:.4rem;
padding:.75rem;line-height:1.35}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--link);padding:.15rem 0}
.next{margin-top:.75rem}
footer{color:var(--soft);font-size:.875rem;padding-top:1.5rem;padding-bottom:2.5rem}
@media(max-width:40rem){.wide{display:none}main,header,footer{padding-left:.9rem;padding-right:.9rem}
th,td{padding-right:.6rem}td.state{white-space:normal;font-size:.875rem}
article{padding:.75rem .9rem}figure svg{min-width:38rem;max-width:none!important}}
@media(min-width:40.01rem){tbody th{min-width:15rem}}
@media print{body{font-size:10.5pt}main,header,footer{max-width:none;padding:0}.skip{display:none}
.scroll,figure,pre{overflow:visible}pre{white-space:pre-wrap;overflow-wrap:anywhere}
.meter span{print-color-adjust:exact}h2,h3,.message{break-after:avoid}
tr,figure,.wl-row,.next,li{break-inside:avoid}
main .wl-player{--own-paper:#fff;--own-ink:#1b1f24;--own-edge:#c9d1d9}
main :is(.wl-say,.wl-lanes,.wl-store){display:none}main .wl-row[data-when]{color:inherit}}
"""
