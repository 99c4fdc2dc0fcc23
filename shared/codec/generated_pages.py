"""EBCDIC code pages that Python lacks: for each a similar page, and the runs of characters that differ.

Generated from IBM's tables by ``tests/support/code_page_tables.py``. Do not edit.
"""

from __future__ import annotations

from typing import Final

# fmt: off
PAGES: Final[dict[str, tuple[str, tuple[tuple[int, str], ...]]]] = {
    "cp274": ("cp037", (
        (0x44, "@"), (0x48, "\\ñ["), (0x4F, "!&{"), (0x54, "}"), (0x5A, "]"), (0x5F, "^"), (0x6A, "ù"), (0x7C, "à"),
        (0xA1, "¨"), (0xB0, "¢"), (0xBA, "¬|¯~"), (0xC0, "é"), (0xD0, "è"), (0xDD, "¦"), (0xE0, "ç"),
    )),
    "cp275": ("cp037", (
        (0x46, "`å¦ñÉ"), (0x4F, "!&}"), (0x5A, "$Ç"), (0x5F, "^"), (0x66, "@Å]Ñç"), (0x71, "["), (0x79, "ã:ÕÃ"),
        (0xB0, "¢"), (0xBA, "¬|"), (0xC0, "õ"), (0xCF, "{é"), (0xEF, "#"),
    )),
    "cp277": ("cp037", (
        (0x47, "}"), (0x4A, "#"), (0x4F, "!"), (0x5A, "¤Å"), (0x5F, "^"), (0x67, "$"), (0x6A, "ø"), (0x70, "¦"),
        (0x7B, "ÆØ"), (0x80, "@"), (0x9C, "{¸[]µü"), (0xB0, "¢"), (0xBA, "¬|"), (0xC0, "æ"), (0xD0, "å"), (0xDC, "~"),
    )),
    "cp278": ("cp037", (
        (0x43, "{"), (0x47, "}"), (0x4A, "§"), (0x4F, "!&`"), (0x5A, "¤Å"), (0x5F, "^"), (0x63, "#"), (0x67, "$"),
        (0x6A, "ö"), (0x71, "\\"), (0x79, "é:ÄÖ"), (0x9F, "]µü"), (0xB0, "¢"), (0xB5, "["), (0xBA, "¬|"), (0xC0, "ä"),
        (0xCC, "¦"), (0xD0, "å"), (0xDC, "~"), (0xE0, "É"), (0xEC, "@"),
    )),
    "cp280": ("cp037", (
        (0x44, "{"), (0x48, "\\ñ°"), (0x4F, "!&]"), (0x54, "}"), (0x58, "~ßé"), (0x5F, "^"), (0x6A, "ò"),
        (0x79, "ù:£§"), (0x90, "["), (0xA1, "ì"), (0xB0, "¢#"), (0xB5, "@"), (0xBA, "¬|"), (0xC0, "à"), (0xCD, "¦"),
        (0xD0, "è"), (0xDD, "`"), (0xE0, "ç"),
    )),
    "cp284": ("cp037", (
        (0x49, "¦["), (0x5A, "]"), (0x69, "#ñ"), (0x7B, "Ñ"), (0xA1, "¨"), (0xB0, "¢"), (0xBA, "^!¯~"),
    )),
    "cp285": ("cp037", (
        (0x4A, "$"), (0x5B, "£"), (0xA1, "¯"), (0xB0, "¢["), (0xBA, "^]~"),
    )),
    "cp290": ("cp037", (
        (0x41, "｡｢｣､･ｦｧｨｩ£"), (0x51, "ｪｫｬｭｮｯ\ufffdｰ\ufffd!¥"), (0x62, "abcdefgh\ufffd"), (0x70, "[ijklmnop"),
        (0x80, "]ｱｲｳｴｵｶｷｸｹｺqｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉr\ufffdﾊﾋﾌ~‾ﾍﾎﾏﾐﾑﾒﾓﾔﾕsﾖﾗﾘﾙ^¢\\tuvwxyzﾚﾛﾜﾝﾞﾟ"),
        (0xCA, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xDA, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd$\ufffd"),
        (0xEA, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xFA, "\ufffd\ufffd\ufffd\ufffd\ufffd"),
    )),
    "cp297": ("cp037", (
        (0x44, "@"), (0x48, "\\ñ°"), (0x4F, "!&{"), (0x54, "}"), (0x5A, "§"), (0x5F, "^"), (0x6A, "ù"), (0x79, "µ:£à"),
        (0x90, "["), (0xA0, "`¨"), (0xB0, "¢#"), (0xB5, "]"), (0xBA, "¬|¯~"), (0xC0, "é"), (0xD0, "è"), (0xDD, "¦"),
        (0xE0, "ç"),
    )),
    "cp420": ("cp037", (
        (0x42, "\u0651\ufe7d\u0640\u200b\u0621\u0622\ufe82\u0623"),
        (0x51, "\ufe84\u0624\ufffd\ufffd\u0626\u0627\ufe8e\u0628\ufe91"),
        (0x62, "\u0629\u062a\ufe97\u062b\ufe9b\u062c\ufe9f\u062d"),
        (0x70, "\ufea3\u062e\ufea7\u062f\u0630\u0631\u0632\u0633\ufeb3\u060c"), (0x80, "\u0634"),
        (0x8A, "\ufeb7\u0635\ufebb\u0636\ufebf\u0637\u0638"), (0x9A, "\u0639\ufeca\ufecb\ufecc\u063a\ufece\ufecf÷"),
        (0xAA, "\ufed0\u0641\ufed3\u0642\ufed7\u0643\ufedb\u0644\ufef5\ufef6\ufef7\ufef8\ufffd\ufffd\ufefb"),
        (0xB9, "\ufefc\ufedf\u0645\ufee3\u0646\ufee7\u0647\u061b"), (0xCB, "\ufeeb\ufffd\ufeec\ufffd\u0648\u061f"),
        (0xDA, "\u0649\ufef0\u064a\ufef2\ufef3\u0660×\ufffd"), (0xEA, "\u0661\u0662\ufffd\u0663\u0664\u0665"),
        (0xFA, "\ufffd\u0666\u0667\u0668\u0669"),
    )),
    "cp803": ("cp290", (
        (0x41, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd$"),
        (0x50, "\u05d0\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"), (0x5B, "¢"),
        (0x62, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"),
        (0x70, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"),
        (0x80, "\ufffd\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8\u05d9\ufffd\ufffd\ufffd\ufffd\ufffd"),
        (0x8F, "\ufffd\ufffd\u05da\u05db\u05dc\u05dd\u05de\u05df\u05e0\u05e1\u05e2\ufffd\ufffd\ufffd\ufffd"),
        (0x9E, "\ufffd\ufffd\ufffd\ufffd\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9\u05ea\ufffd\ufffd\ufffd"),
        (0xAD, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"),
        (0xBC, "\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xD0, "\ufffd"), (0xE0, "\ufffd"),
    )),
    "cp833": ("cp290", (
        (0x41, "\ufffdﾠﾡﾢﾣﾤﾥﾦﾧ¢"), (0x51, "\ufffdﾨﾩﾪﾫﾬﾭﾮﾯ!$"), (0x62, "ﾰﾱﾲﾳﾴﾵﾶﾷ¦"), (0x71, "\ufffdﾸﾹﾺﾻﾼﾽﾾ"),
        (0x81, "abcdefghiￂￃￄￅￆￇ\ufffdjklmnopqrￊￋￌￍￎￏ‾~stuvwxyzￒￓￔￕￖￗ^\ufffd\\\ufffd\ufffd\ufffd\ufffd\ufffd"),
        (0xB8, "\ufffd\ufffdￚￛￜ\ufffd\ufffd\ufffd"), (0xE0, "₩"),
    )),
    "cp836": ("cp833", (
        (0x42, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd£"),
        (0x52, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd!¥"),
        (0x62, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"),
        (0x70, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"), (0x80, "\ufffd"),
        (0x8A, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"), (0x9A, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd~‾"),
        (0xAA, "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xBA, "[]\ufffd"), (0xE0, "$"),
    )),
    "cp838": ("cp037", (
        (0x42, "กขฃคฅฆง["), (0x51, "่จฉชซฌญฎ]"), (0x62, "ฏฐฑฒณดต^"), (0x70, "฿๎ถทธนบปผ"), (0x80, "๏"),
        (0x8A, "ฝพฟภมย๚"), (0x9A, "รฤลฦวศ๛"), (0xAA, "ษสหฬอฮ๐๑๒๓๔๕๖๗๘๙ฯะัาำิ"), (0xCA, "้ีึืุู"), (0xDA, "ฺเแโใไ\\๊"),
        (0xEA, "ๅๆ็่้๊"), (0xFA, "๋์ํ๋์"),
    )),
    "cp870": ("cp500", (
        (0x44, "ţáăčçć"), (0x52, "ęëů"), (0x57, "ľĺ"), (0x64, "˝ÁĂČÇĆ|"), (0x70, "ˇÉĘËŮ"), (0x77, "ĽĹ"), (0x80, "˘"),
        (0x8A, "śňđýřş"), (0x9A, "łńš¸˛¤ą"), (0xAA, "ŚŇĐÝŘŞ˙ĄżŢŻ§žźŽŹŁŃŠ"), (0xCD, "ŕóő"), (0xDA, "Ěűüťúě"),
        (0xEA, "ď"), (0xED, "ŔÓŐ"), (0xFA, "ĎŰÜŤ"),
    )),
    "cp871": ("cp500", (
        (0x4A, "Þ"), (0x5A, "Æ"), (0x5F, "Ö"), (0x79, "ð"), (0x7C, "Ð"), (0x8C, "`ý{"), (0x9C, "}¸]"), (0xA1, "ö"),
        (0xAC, "@Ý["), (0xBE, "\\×þ"), (0xCC, "~"), (0xD0, "æ"), (0xE0, "´"), (0xEC, "^"),
    )),
    "cp880": ("cp500", (
        (0x42, "ђѓёєѕіїј"), (0x51, "љњћќўџЪ№Ђ"), (0x62, "ЃЁЄЅІЇЈЉ|"), (0x70, "ЊЋЌ\xadЎЏюаб"), (0x80, "ц"),
        (0x8A, "дефгхий"), (0x9A, "клмнопя"), (0xAA, "рстужвьызшэщчъЮАБЦДЕФГ"), (0xCA, "ХИЙКЛМ"), (0xDA, "НОПЯРС\\¤"),
        (0xEA, "ТУЖВЬЫ"), (0xFA, "ЗШЭЩЧ"),
    )),
    "cp905": ("cp500", (
        (0x46, "\ufffdċ{ñÇ"), (0x5A, "Ğİ"), (0x66, "\ufffdĊ[Ñş"), (0x70, "\ufffd"), (0x79, "ı:ÖŞ"), (0x7F, "Ü˘"),
        (0x8A, "ħĉŝŭ\ufffd|"), (0x9A, "ĥĝĵ¸\ufffd"), (0xA1, "ö"), (0xAA, "ĦĈŜŬ\ufffd@˙£ż}Ż§]·½$ĤĜĴ"), (0xC0, "ç"),
        (0xCC, "~"), (0xCF, "ġğ"), (0xDA, "`û\\"), (0xDF, "\ufffdü"), (0xEC, "#"), (0xEF, "Ġ"), (0xFC, "\""),
    )),
    "cp918": ("cp500", (
        (0x42, "\u060c\u061b\u061f\ufe81\ufe8d\ufe8e\uf8fb\ufe8f"),
        (0x51, "\ufe91\ufb56\ufb58\ufe93\ufe95\ufe97\ufb66\ufb68\ufe99"),
        (0x62, "\ufe9b\ufe9d\ufe9f\ufb7a\ufb7c\ufea1\ufea3\ufea5`"),
        (0x70, "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"), (0x80, "\ufea7"),
        (0x8A, "\ufea9\ufb88\ufeab\ufead\ufb8c\ufeaf\ufb8a"), (0x9A, "\ufeb1\ufeb3\ufeb5\ufeb7\ufeb9\ufebb\ufebd"),
        (0xAA, "\ufebf\ufec3\ufec7\ufec9\ufeca\ufecb\ufecc\ufecd\ufece\ufecf\ufed0\ufed1\ufed3\ufed5\ufed7"),
        (0xB9, "\ufb8e\ufedb|\ufb92\ufb94\ufedd\ufedf"), (0xCB, "\ufee0\ufee1\ufee3\ufb9e\ufee5"),
        (0xDA, "\ufee7\ufe85\ufeed\ufba6\ufba8\ufba9\\\ufbaa"), (0xEA, "\ufe80\ufe89\ufe8a\ufe8b\ufbfc\ufbfd"),
        (0xFA, "\ufbfe\ufbb0\ufbae\ufe7c\ufe7d"),
    )),
    "cp924": ("cp037", (
        (0x4A, "Ý"), (0x5F, "^"), (0x6A, "Š"), (0x9D, "žÆ€"), (0xAD, "["), (0xB0, "¢"), (0xB7, "ŒœŸ¬š¯]Ž"),
    )),
    "cp1025": ("cp500", (
        (0x42, "ђѓёєѕіїј"), (0x51, "љњћќўџЪ№Ђ"), (0x62, "ЃЁЄЅІЇЈЉ|"), (0x70, "ЊЋЌ\xadЎЏюаб"), (0x80, "ц"),
        (0x8A, "дефгхий"), (0x9A, "клмнопя"), (0xAA, "рстужвьызшэщчъЮАБЦДЕФГ"), (0xCA, "ХИЙКЛМ"), (0xDA, "НОПЯРС\\§"),
        (0xEA, "ТУЖВЬЫ"), (0xFA, "ЗШЭЩЧ"),
    )),
    "cp1027": ("cp836", (
        (0x42, "｡｢｣､･ｦｧｨ¢"), (0x51, "ｩｪｫｬｭｮｯｰｱ!$"), (0x62, "ｲｳｴｵｶｷｸｹ\ufffd"), (0x70, "ｺｻｼｽｾｿﾀﾁﾂ"), (0x8A, "ﾃﾄﾅﾆﾇﾈ"),
        (0x9A, "ﾉﾊﾋﾌﾍﾎ‾~"), (0xAA, "ﾏﾐﾑ[ﾒﾓ^£¥ﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ]ﾞﾟ"), (0xE0, "\\"),
    )),
    "cp1047": ("cp037", (
        (0x5F, "^"), (0xAD, "["), (0xB0, "¬"), (0xBA, "Ý¨¯]"),
    )),
    "cp1097": ("cp037", (
        (0x42, "\u060c\u064b\ufe81\ufe82\uf8fa\ufe8d\ufe8e\uf8fb¤"),
        (0x51, "\ufe80\ufe83\ufe84\uf8f9\ufe85\ufe8b\ufe8f\ufe91\ufb56"),
        (0x62, "\ufb58\ufe95\ufe97\ufe99\ufe9b\ufe9d\ufe9f\ufb7a\u061b"),
        (0x70, "\ufb7c\ufea1\ufea3\ufea5\ufea7\ufea9\ufeab\ufead\ufeaf"), (0x80, "\ufb8a"),
        (0x8C, "\ufeb1\ufeb3\ufeb5\ufeb7\ufeb9"), (0x9A, "\ufebb\ufebd\ufebf\ufec1\ufec3\ufec5\ufec7"),
        (0xAA, "\ufec9\ufeca\ufecb\ufecc\ufecd\ufece\ufecf\ufed0\ufed1\ufed3\ufed5\ufed7\ufb8e\ufedb\ufb92"),
        (0xB9, "\ufb94"), (0xBC, "\ufedd\ufedf\ufee1"), (0xCB, "\ufee3\ufee5\ufee7\ufeed\ufee9"),
        (0xDA, "\ufeeb\ufeec\ufba4\ufbfc\ufbfd\ufbfe\\\u061f"), (0xEA, "\u0640\u06f0\u06f1\u06f2\u06f3\u06f4"),
        (0xFA, "\u06f5\u06f6\u06f7\u06f8\u06f9"),
    )),
    "cp1112": ("cp037", (
        (0x42, "šäąįūåēž"), (0x52, "ęėčų„“ģ"), (0x62, "ŠÄĄĮŪÅĒŽ"), (0x72, "ĘĖČŲĪĻĢ"), (0x8C, "āżń"), (0x9A, "Ŗŗæķ"),
        (0xAA, "”źĀŻŃ"), (0xB2, "ī"), (0xBC, "ŹĶļ"), (0xCB, "ōöņ"), (0xDB, "ćüłś’"), (0xEB, "ŌÖŅ"), (0xFB, "ĆÜŁŚ"),
    )),
    "cp1122": ("cp500", (
        (0x43, "{"), (0x47, "}"), (0x4A, "§"), (0x51, "`"), (0x5A, "¤Å"), (0x63, "#"), (0x67, "$"), (0x6A, "ö"),
        (0x71, "\\"), (0x79, "é:ÄÖ"), (0x8C, "šýž"), (0x9F, "]µü"), (0xAC, "ŠÝŽ"), (0xB5, "["), (0xC0, "ä"),
        (0xCC, "¦"), (0xD0, "å"), (0xDC, "~"), (0xE0, "É"), (0xEC, "@"),
    )),
    "cp1123": ("cp1025", (
        (0x43, "ґ"), (0x62, "Ґ"),
    )),
    "cp1130": ("cp500", (
        (0x46, "ă"), (0x58, "̃"), (0x66, "Ă"), (0x78, "₫"), (0x8C, "đ̉̀"), (0x9D, "Œ"), (0xAC, "Đ̣́"), (0xBD, "œŸ"),
        (0xCD, "ưóơ"), (0xED, "ƯÓƠ"),
    )),
    "cp1132": ("cp1027", (
        (0x41, "\xa0ກຂຄງຈສຊ["), (0x51, "\ufffdຍດຕຖທນບ]"), (0x62, "ປຜຝພຟມຢ^¦"), (0x70, "₭\ufffdຣລວຫອຮ\ufffd"),
        (0x8A, "\ufffd\ufffdຯະາຳ"), (0x9A, "ິີຶືຸູ\ufffd"), (0xAA, "ຼັົຽ\ufffd\ufffd໐໑໒໓໔໕໖໗໘໙\ufffdເແໂໃໄ"),
        (0xCB, "່້໊໋໌"), (0xDA, "ໍໆ\ufffdໜໝ"),
    )),
    "cp1137": ("cp500", (
        (0x42, "ँंःअआइईउऊ"), (0x4F, "|&ऋऌऍऎएऐऑऒओ!"), (0x62, "औकखगघङचछज"), (0x70, "झञटठडढणतथ"), (0x80, "द"),
        (0x8A, "धनपफबभम"), (0x9A, "यरलळवश\u200c"), (0xAA, "षसह[़ऽािीुूृॄॅॆेैॉॊ]ोौ"), (0xCA, "्ॐ॒॑\ufffd\ufffd"),
        (0xDA, "ॠॡॢॣ।॥\\\u200d"), (0xEA, "०१२३४५"), (0xFA, "६७८९॰"),
    )),
    "cp1141": ("cp500", (
        (0x43, "{"), (0x4A, "Ä"), (0x59, "~Ü"), (0x63, "["), (0x6A, "ö"), (0x7C, "§"), (0x9F, "€µß"), (0xB5, "@"),
        (0xC0, "ä"), (0xCC, "¦"), (0xD0, "ü"), (0xDC, "}"), (0xE0, "Ö"), (0xEC, "\\"), (0xFC, "]"),
    )),
    "cp1142": ("cp500", (
        (0x47, "}"), (0x4A, "#"), (0x5A, "€Å"), (0x67, "$"), (0x6A, "ø"), (0x70, "¦"), (0x7B, "ÆØ"), (0x80, "@"),
        (0x9C, "{¸[]µü"), (0xC0, "æ"), (0xD0, "å"), (0xDC, "~"),
    )),
    "cp1143": ("cp500", (
        (0x43, "{"), (0x47, "}"), (0x4A, "§"), (0x51, "`"), (0x5A, "€Å"), (0x63, "#"), (0x67, "$"), (0x6A, "ö"),
        (0x71, "\\"), (0x79, "é:ÄÖ"), (0x9F, "]µü"), (0xB5, "["), (0xC0, "ä"), (0xCC, "¦"), (0xD0, "å"), (0xDC, "~"),
        (0xE0, "É"), (0xEC, "@"),
    )),
    "cp1144": ("cp500", (
        (0x44, "{"), (0x48, "\\ñ°"), (0x51, "]"), (0x54, "}"), (0x58, "~ßé"), (0x6A, "ò"), (0x79, "ù:£§"), (0x90, "["),
        (0x9F, "€µì"), (0xB1, "#"), (0xB5, "@"), (0xC0, "à"), (0xCD, "¦"), (0xD0, "è"), (0xDD, "`"), (0xE0, "ç"),
    )),
    "cp1145": ("cp500", (
        (0x49, "¦"), (0x4F, "|"), (0x5F, "¬"), (0x69, "#ñ"), (0x7B, "Ñ"), (0x9F, "€µ¨"), (0xBA, "^!¯~"),
    )),
    "cp1146": ("cp037", (
        (0x4A, "$"), (0x5B, "£"), (0x9F, "€µ¯"), (0xB0, "¢["), (0xBA, "^]~"),
    )),
    "cp1147": ("cp500", (
        (0x44, "@"), (0x48, "\\ñ°"), (0x51, "{"), (0x54, "}"), (0x5A, "§"), (0x6A, "ù"), (0x79, "µ:£à"), (0x90, "["),
        (0x9F, "€`¨"), (0xB1, "#"), (0xB5, "]"), (0xBD, "~"), (0xC0, "é"), (0xD0, "è"), (0xDD, "¦"), (0xE0, "ç"),
    )),
    "cp1148": ("cp500", (
        (0x9F, "€"),
    )),
    "cp1149": ("cp500", (
        (0x4A, "Þ"), (0x5A, "Æ"), (0x5F, "Ö"), (0x79, "ð"), (0x7C, "Ð"), (0x8C, "`ý{"), (0x9C, "}¸]€µö"),
        (0xAC, "@Ý["), (0xBE, "\\×þ"), (0xCC, "~"), (0xD0, "æ"), (0xE0, "´"), (0xEC, "^"),
    )),
    "cp1153": ("cp500", (
        (0x44, "ţáăčçć"), (0x52, "ęëů"), (0x57, "ľĺ"), (0x64, "˝ÁĂČÇĆ|"), (0x70, "ˇÉĘËŮ"), (0x77, "ĽĹ"), (0x80, "˘"),
        (0x8A, "śňđýřş"), (0x9A, "łńš¸˛€ą"), (0xAA, "ŚŇĐÝŘŞ˙ĄżŢŻ§žźŽŹŁŃŠ"), (0xCD, "ŕóő"), (0xDA, "Ěűüťúě"),
        (0xEA, "ď"), (0xED, "ŔÓŐ"), (0xFA, "ĎŰÜŤ"),
    )),
    "cp1154": ("cp1025", (
        (0xE1, "€"),
    )),
    "cp1155": ("cp500", (
        (0x48, "{ñÇ"), (0x5A, "Ğİ"), (0x68, "[Ñş"), (0x79, "ı:ÖŞ"), (0x7F, "Ü"), (0x8C, "}`¦"), (0x9F, "€µö"),
        (0xAC, "]$@"), (0xC0, "ç"), (0xCC, "~"), (0xD0, "ğ"), (0xDC, "\\"), (0xE0, "ü"), (0xEC, "#"), (0xFC, "\""),
    )),
    "cp1156": ("cp037", (
        (0x42, "šäąįūåēž"), (0x52, "ęėčų„“ģ"), (0x62, "ŠÄĄĮŪÅĒŽ"), (0x72, "ĘĖČŲĪĻĢ"), (0x8C, "āżń"), (0x9A, "ŖŗæķÆ€"),
        (0xAA, "”źĀŻŃ"), (0xB2, "ī"), (0xBC, "ŹĶļ"), (0xCB, "ōöņ"), (0xDB, "ćüłś’"), (0xEB, "ŌÖŅ"), (0xFB, "ĆÜŁŚ"),
    )),
    "cp1157": ("cp500", (
        (0x43, "{"), (0x47, "}"), (0x4A, "§"), (0x51, "`"), (0x5A, "€Å"), (0x63, "#"), (0x67, "$"), (0x6A, "ö"),
        (0x71, "\\"), (0x79, "é:ÄÖ"), (0x8C, "šýž"), (0x9F, "]µü"), (0xAC, "ŠÝŽ"), (0xB5, "["), (0xC0, "ä"),
        (0xCC, "¦"), (0xD0, "å"), (0xDC, "~"), (0xE0, "É"), (0xEC, "@"),
    )),
    "cp1158": ("cp1025", (
        (0x43, "ґ"), (0x62, "Ґ"), (0xE1, "€"),
    )),
    "cp1159": ("cp836", (
        (0x4A, "¢"), (0x5B, "$"), (0x9F, "€\ufffd~"), (0xB2, "\ufffd"), (0xE0, "\\"),
    )),
    "cp1160": ("cp838", (
        (0xFE, "€"),
    )),
    "cp1164": ("cp500", (
        (0x46, "ă"), (0x58, "̃"), (0x66, "Ă"), (0x78, "₫"), (0x8C, "đ̉̀"), (0x9D, "ŒÆ€"), (0xAC, "Đ̣́"), (0xBD, "œŸ"),
        (0xCD, "ưóơ"), (0xED, "ƯÓƠ"),
    )),
    "cp4899": ("cp836", (
        (0x4A, "$"), (0x50, "\u05d0"), (0x5B, "¢"), (0x6A, "\ufffd"), (0x79, "\ufffd"),
        (0x81, "\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8\u05d9"),
        (0x91, "\u05da\u05db\u05dc\u05dd\u05de\u05df\u05e0\u05e1\u05e2"),
        (0x9C, "€\ufffd₪\ufffd\ufffd\ufffd\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9\u05ea"),
        (0xB0, "\ufffd\ufffd\ufffd"), (0xBA, "\ufffd\ufffd"), (0xC0, "\ufffd"), (0xD0, "\ufffd"),
        (0xDB, "\u202d\u202e\u202c"), (0xE0, "\ufffd"), (0xFB, "\u202a\u202b\u200e\u200f"),
    )),
    "cp4971": ("cp500", (
        (0x41, "ΑΒΓΔΕΖΗΘΙ"), (0x51, "ΚΛΜΝΞΟΠΡΣ"), (0x62, "ΤΥΦΧΨΩΪΫ|"), (0x70, "¨ΆΈΉ\xa0ΊΌΎΏ"), (0x80, "΅"),
        (0x8A, "αβγδεζ"), (0x9A, "ηθικλμ´"), (0xAA, "νξοπρσ£άέήϊίόύϋώςτυφχψ"), (0xCB, "ωΐΰ‘―"),
        (0xDA, "±½\ufffd·’¦\\\ufffd"), (0xEB, "§\ufffd\ufffd«¬"), (0xFB, "©€\ufffd»"),
    )),
    "cp5123": ("cp1027", (
        (0xE1, "€"),
    )),
    "cp8482": ("cp290", (
        (0xE1, "€"),
    )),
    "cp9067": ("cp500", (
        (0x41, "ΑΒΓΔΕΖΗΘΙ"), (0x51, "ΚΛΜΝΞΟΠΡΣ"), (0x62, "ΤΥΦΧΨΩΪΫ|"), (0x70, "¨ΆΈΉ\xa0ΊΌΎΏ"), (0x80, "΅"),
        (0x8A, "αβγδεζ"), (0x9A, "ηθικλμ´"), (0xAA, "νξοπρσ£άέήϊίόύϋώςτυφχψ"), (0xCB, "ωΐΰ‘―"),
        (0xDA, "±½\ufffd·’¦\\₯"), (0xEB, "§ͺ\ufffd«¬"), (0xFB, "©€\ufffd»"),
    )),
    "cp12712": ("cp037", (
        (0x41, "\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8"),
        (0x51, "\u05d9\u05da\u05db\u05dc\u05dd\u05de\u05df\u05e0\u05e1"),
        (0x62, "\u05e2\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9"),
        (0x70, "\ufffd\u05ea\ufffd\ufffd\xa0\ufffd\ufffd\ufffd‗"), (0x80, "\ufffd"), (0x8C, "\ufffd\ufffd\ufffd"),
        (0x9A, "\ufffd\ufffd€¸₪"), (0xAA, "\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xB3, "•"), (0xBC, "‾"),
        (0xCB, "\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xDB, "\u202d\u202e\u202c\ufffd\ufffd"),
        (0xEB, "\ufffd\ufffd\ufffd\ufffd\ufffd"), (0xFB, "\u202a\u202b\u200e\u200f"),
    )),
    "cp13121": ("cp833", (
    )),
    "cp13124": ("cp836", (
    )),
    "cp16804": ("cp037", (
        (0x42, "\u0651\ufe7d\u0640\u200b\u0621\u0622\ufe82\u0623"),
        (0x51, "\ufe84\u0624\ufffd\ufffd\u0626\u0627\ufe8e\u0628\ufe91"),
        (0x62, "\u0629\u062a\ufe97\u062b\ufe9b\u062c\ufe9f\u062d"),
        (0x70, "\ufea3\u062e\ufea7\u062f\u0630\u0631\u0632\u0633\ufeb3\u060c"), (0x80, "\u0634"),
        (0x8A, "\ufeb7\u0635\ufebb\u0636\ufebf\u0637\u0638"), (0x9A, "\u0639\ufeca\ufecb\ufecc\u063a\ufece\ufecf÷"),
        (0xAA, "\ufed0\u0641\ufed3\u0642\ufed7\u0643\ufedb\u0644\ufef5\ufef6\ufef7\ufef8\ufffd\ufffd\ufefb"),
        (0xB9, "\ufefc\ufedf\u0645\ufee3\u0646\ufee7\u0647\u061b"), (0xCB, "\ufeeb\ufffd\ufeec\ufffd\u0648\u061f"),
        (0xDA, "\u0649\ufef0\u064a\ufef2\ufef3\u0660×\u2007"), (0xEA, "\u0661\u0662\ufffd\u0663\u0664\u0665"),
        (0xFA, "€\u0666\u0667\u0668\u0669"),
    )),
    "cp28709": ("cp836", (
        (0x4A, "¢"), (0x5B, "$"), (0xA0, "\ufffd~"), (0xB2, "\ufffd"), (0xE0, "\\"),
    )),
}
# fmt: on
