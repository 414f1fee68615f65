"""Chinese names and forms of address, as far as they are needed to find people in texts."""

import re

_COMPOUND = "欧阳|司马|诸葛|上官|夏侯|皇甫|东方|尉迟|公孙|慕容|令狐|宇文|长孙|司徒|端木|轩辕"
_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫"
    "孔向汤仲葛臧耿卞庄柏季费裴席蔺骆尤戚窦章鲍俞柳岳殷施倪樊颜左佟祁华穆盛郁"
)
SURNAME = f"(?:{_COMPOUND}|[{_SINGLE}])"
"""A surname (百家姓) that stands for a person where a form of address follows it."""
PRIVATE_TITLES = (
    "先生|女士|小姐|太太|夫人|老师|师傅|大爷|大妈|大娘|大叔|大婶|大姐|大哥|大嫂|阿姨|奶奶|爷爷|叔叔|婶婶|"
    "伯伯|姑娘|同志|医生|护士|教练|某某|某|姐|哥|嫂|婶|叔|姨|爷|奶|总"
)
"""How private people are called. Officials keep theirs (刘科长): whom a report is about is what
the unit has to know."""
ADDRESSED = re.compile(rf"({SURNAME}[\u4e00-\u9fff]{{0,2}}?)(?:{PRIVATE_TITLES})")
"""张女士, 王小明老师; the group is the name."""
FAMILIAR = re.compile(rf"(?<![\u4e00-\u9fff])[小老]{SURNAME}(?=[家说的昨今在，。他她])")
"""小刘, 老王 where a clause begins."""
INTRODUCED = re.compile(
    r"(?:我的?名字叫做?|我叫做?|本人叫?|姓名|举报人|投诉人|反映人|联系人|来电人|申请人|当事人|落款|署名"
    rf"|[我他她]姓|我是|市民|家长|居民|业主|房东|经办人)[:：是为叫]?\s*({SURNAME}"
    r"(?:[\u4e00-\u9fff·]{0,3}?))"
    r"(?=[，。,.；;！!？?\s、（(]|$|说|反映|要求|来电|举报|投诉|先生|女士|老师|不|家|态度)"
)
"""我叫王小明, 联系人：吴桂芳; the group is the name."""
