"""Texts that would do something if they were not shown as texts. Each one that runs sets ``window.taken``."""

from itertools import product

TAKE = "window.taken=1"
TAGS = (
    "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "<svg><script>{}</script></svg>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>", "<a href=javascript:{}>x</a>", "<body onload={}>",
    "<details open ontoggle={}>x</details>", "<input autofocus onfocus={}>", "<video><source onerror={}></video>",
    "<math><mtext><img src=x onerror={}></mtext></math>", "<style onload={}></style>",
    "<marquee onstart={}>x</marquee>",
    "<object data=javascript:{}></object>", "<form action=javascript:{}><button>x</button></form>",
    "<template><img src=x onerror={}></template>", "<base href=//evil.example/>{}",
    "<meta http-equiv=refresh content=0>{}",
    "<link rel=stylesheet href=//evil.example/{}>", "<noscript><img src=x onerror={}></noscript>",
)  # fmt: skip
AROUND = ("{}", "\"'>{}", "</textarea>{}", "</title>{}", "--><!-- -->{}", "${{{}}}", "`+{}+`", "{{{{{}}}}}", "]]>{}",
          "\u202e{}\u202c")  # fmt: skip
TEXTS = [around.format(tag.format(TAKE)) for tag, around in product(TAGS, AROUND)]
