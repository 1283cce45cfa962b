using System.Text.Json;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Tests.ChatTemplates;

/// <summary>
/// The language against the reference: the texts are those of Jinja2 3.1.6 with the settings of the transformers library over the same variables.
/// </summary>
public sealed class JinjaReferenceTests
{
    private const string Variables = """
        {"messages": [{"role": "system", "content": "Be brief. "}, {"role": "user", "content": "Hi \ud83d\ude00 there"},
         {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"b": 1, "a": [1.5, null, true, "x\n\"\u00e9"]}}}]}],
         "x": 5, "y": -3, "f": 2.5, "s": "Hello World", "e": "", "l": [3, 1, 2], "d": {"b": 1, "a": 2, "items": 7}, "n": null, "t": true, "u": "a,b,,c", "big": 1e+20, "small": 1e-05, "words": "  the quick\tbrown\n fox ", "emoji": "a\ud83d\ude00b"}
        """;

    public static TheoryData<string, string> Rendered { get; } = new()
    {
        { "{{ x + y }}", "2" },
        { "{{ x - y }}", "8" },
        { "{{ x * y }}", "-15" },
        { "{{ x / 2 }}", "2.5" },
        { "{{ 7 // 2 }}", "3" },
        { "{{ -7 // 2 }}", "-4" },
        { "{{ -7 % 3 }}", "2" },
        { "{{ 7 % -3 }}", "-2" },
        { "{{ 2 ** 10 }}", "1024" },
        { "{{ 2 ** -1 }}", "0.5" },
        { "{{ -2 ** 2 }}", "4" },
        { "{{ 7.5 // 2 }}", "3.0" },
        { "{{ -7.5 % 2 }}", "0.5" },
        { "{{ 1 + 2 * 3 - 4 / 2 }}", "5.0" },
        { "{{ x ~ s ~ n ~ t ~ f }}", "5Hello WorldNoneTrue2.5" },
        { "{{ 1.0 }} {{ 1e16 }} {{ 1e15 }} {{ 123456789012345680.0 }} {{ 0.1 }} {{ 0.0001 }} {{ 0.00001 }} {{ big }} {{ small }} {{ 1e22 }} {{ 1.5e300 }} {{ 100.0 }} {{ 1/3 }} {{ -0.0 }} {{ 1e100 }}", "1.0 1e+16 1000000000000000.0 1.2345678901234568e+17 0.1 0.0001 1e-05 1e+20 1e-05 1e+22 1.5e+300 100.0 0.3333333333333333 -0.0 1e+100" },
        { "{{ l }} {{ d }} {{ (1,) }} {{ (1,2) }} {{ [] }} {{ {} }} {{ () }} {{ [n,t,false,'a\\'b',\"q\\\"\",'a\\n\\t\\\\'] }}", "[3, 1, 2] {'b': 1, 'a': 2, 'items': 7} (1,) (1, 2) [] {} () [None, True, False, \"a'b\", 'q\"', 'a\\n\\t\\\\']" },
        { "{{ ['\u00e9\ud83d\ude00\\x00\\u200b\\xa0'] }}", "['\u00e9\ud83d\ude00\\x00\\u200b\\xa0']" },
        { "{{ s[0] }}{{ s[-1] }}{{ s[1:4] }}{{ s[::-1] }}{{ s[-3:] }}{{ s[:-3] }}{{ s[10:2:-2] }}{{ s[100:] }}|{{ s[100] }}|{{ l[1:] }}{{ l[::-1] }}{{ l[5] }}{{ emoji[1] }}{{ emoji[::-1] }}{{ emoji|length }}{{ l[:2] }}{{ l[-2:] }}{{ l[::2] }}{{ l[-100:100] }}{{ l[100:-100:-1] }}", "HdelldlroW olleHrldHello WodrWo||[1, 2][2, 1, 3]\ud83d\ude00b\ud83d\ude00a3[3, 1][1, 2][3, 2][3, 1, 2][2, 1, 3]" },
        { "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ '1' == 1 }} {{ [1,2] == [1,2] }} {{ [1] == (1,) }} {{ {'a':1} == {'a':1.0} }} {{ n == none }} {{ q == none }} {{ q == zz }} {{ 'a' < 'b' }} {{ [1,2] < [1,3] }} {{ s != 'x' }} {{ 'Hello' in s }} {{ 'z' not in s }} {{ 3 in l }} {{ 'a' in d }} {{ 'a' in q }}", "True False True True False True False True True False True True True True True True True True False" },
        { "{{ not x }} {{ not not x }} {{ x and y }} {{ e or 'dflt' }} {{ n or e or 0 }} {{ x if t else y }} {{ x if not t else y }} {{ x if not t }}|", "False True -3 dflt 0 5 -3 |" },
        { "{{ 1 if 0 else 2 if 0 else 3 }}", "3" },
        { "{{ words.split() }} {{ words.strip() }}| {{ words.lstrip() }}| {{ words.rstrip() }}| {{ u.split(',') }} {{ u.split(',',1) }} {{ u.rsplit(',',1) }} {{ u.split(',', 0) }} {{ words.split(None, 1) }} {{ words.rsplit(None, 1) }} {{ ''.split() }} {{ ''.split(',') }}", "['the', 'quick', 'brown', 'fox'] the quick\tbrown\n fox| the quick\tbrown\n fox |   the quick\tbrown\n fox| ['a', 'b', '', 'c'] ['a', 'b,,c'] ['a,b,', 'c'] ['a,b,,c'] ['the', 'quick\\tbrown\\n fox '] ['  the quick\\tbrown', 'fox'] [] ['']" },
        { "{{ s.startswith('He') }} {{ s.startswith(('x','H')) }} {{ s.endswith('ld') }} {{ s.find('o') }} {{ s.rfind('o') }} {{ s.find('zz') }} {{ s.count('o') }} {{ s.count('') }} {{ s.replace('o','0') }} {{ s.replace('o','0',1) }} {{ s.removeprefix('Hello ') }} {{ s.removesuffix('x') }} {{ '-'.join(['a','b']) }} {{ 'xxabcxx'.strip('x') }} {{ 'abcba'.strip('ab') }} {{ 'abcba'.lstrip('ab') }} {{ emoji.find('b') }}", "True True True 4 7 -1 2 12 Hell0 W0rld Hell0 World World Hello World a-b abc c cba 2" },
        { "{{ 'a\nb\r\nc\n'.splitlines() }} {{ 'a\nb'.splitlines(true) }} {{ '12'.isdigit() }} {{ ''.isdigit() }} {{ 'ab'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'AB1'.isupper() }} {{ 'ab1'.islower() }} {{ '12'.isupper() }}", "['a', 'b', 'c'] ['a\\n', 'b'] True False True True True True True False" },
        { "{{ d.items() | list }} {{ d.keys() | list }} {{ d.values() | list }} {{ d.get('a') }} {{ d.get('zz') }} {{ d.get('zz', 9) }} {{ d['items'] }} {{ d.a }} {{ d['zz'] }}| {{ d.zz }}| {{ d.items is callable }}", "[('b', 1), ('a', 2), ('items', 7)] ['b', 'a', 'items'] [1, 2, 7] 2 None 9 7 2 | | True" },
        { "{{ l.index(1) }} {{ l.count(2) }} {{ (1,2,1).count(1) }}", "1 1 2" },
        { "{{ s|upper|lower|title|trim }} {{ '  x '|trim }}| {{ 'xxaxx'|trim('x') }} {{ words|title }} {{ 'foo-bar (baz) [qux]'|title }} {{ \"it's\"|title }} {{ \"it's\".title() }} {{ s|length }} {{ l|count }} {{ d|length }} {{ q|length }} {{ 'HELLO wORLD'|capitalize }}", "Hello World x| a   The Quick\tBrown\n Fox  Foo-Bar (Baz) [Qux] It's It'S 11 3 3 0 Hello world" },
        { "{{ l|join(', ') }} {{ l|join }} {{ [1,'a',none,2.5]|join('-') }} {{ messages|join(',', attribute='role') }} {{ q|join }}|", "3, 1, 2 312 1-a-None-2.5 system,user,assistant |" },
        { "{{ q|default('D') }} {{ e|default('D') }} {{ e|default('D', true) }} {{ n|default('D') }} {{ n|d('D', boolean=true) }} {{ q.z|default('x') if q is defined else 'nq' }}", "D  D None D nq" },
        { "{{ l|first }} {{ l|last }} {{ []|first }}| {{ s|first }} {{ emoji|list }} {{ d|list }} {{ l|sort }} {{ l|sort(reverse=true) }} {{ ['b','A','c']|sort }} {{ ['b','A','c']|sort(case_sensitive=true) }} {{ l|reverse|list }} {{ s|reverse }} {{ l|sum }} {{ l|min }} {{ l|max }} {{ [1,1,2,'a','A']|unique|list }} {{ [[1,2],[3]]|sum(start=[]) }}", "3 2 | H ['a', '\ud83d\ude00', 'b'] ['b', 'a', 'items'] [1, 2, 3] [3, 2, 1] ['A', 'b', 'c'] ['A', 'b', 'c'] [2, 1, 3] dlroW olleH 6 1 3 [1, 2, 'a'] [1, 2, 3]" },
        { "{{ messages|map(attribute='role')|list }} {{ ['a','b']|map('upper')|list }} {{ messages|selectattr('role','equalto','user')|list|length }} {{ messages|selectattr('tool_calls')|list|length }} {{ messages|rejectattr('role','in',['user','system'])|map(attribute='role')|join }} {{ [1,2,3,4]|select('even')|list }} {{ [1,2,3,4]|reject('odd')|list }} {{ [0,1,'',2]|select|list }} {{ messages|selectattr('role','ne','user')|map(attribute='role')|list }} {{ messages|map(attribute='zz', default='dd')|list }} {{ [1,5,3]|select('gt', 2)|list }} {{ ['a','bb']|map('length')|list }} {{ ['  a']|map('trim')|first }} {{ [['a',1]]|map(attribute=0)|list }} {{ messages|map(attribute='content.x')|list|length if false else '' }}", "['system', 'user', 'assistant'] ['A', 'B'] 1 1 assistant [2, 4] [2, 4] [1, 2] ['system', 'assistant'] ['dd', 'dd', 'dd'] [5, 3] [1, 2] a ['a'] " },
        { "{{ d|dictsort }} {{ d|dictsort(by='value') }} {{ d|dictsort(reverse=true) }} {{ {'B':1,'a':2}|dictsort }} {{ {'B':1,'a':2}|dictsort(true) }} {{ d|items|list }} {{ [1,2,3,4,5]|batch(2)|list }} {{ [{'g':'b','v':1},{'g':'a','v':2},{'g':'b','v':3}]|groupby('g') }}", "[('a', 2), ('b', 1), ('items', 7)] [('b', 1), ('a', 2), ('items', 7)] [('items', 7), ('b', 1), ('a', 2)] [('a', 2), ('B', 1)] [('B', 1), ('a', 2)] [('b', 1), ('a', 2), ('items', 7)] [[1, 2], [3, 4], [5]] [('a', [{'g': 'a', 'v': 2}]), ('b', [{'g': 'b', 'v': 1}, {'g': 'b', 'v': 3}])]" },
        { "{{ messages[2].tool_calls|tojson }} {{ d|tojson }} {{ messages[2].tool_calls[0].function.arguments|tojson(indent=2) }} {{ [1,[2,[]],{}]|tojson(indent=4) }} {{ d|tojson(sort_keys=true) }} {{ d|tojson(separators=(',',':')) }} {{ '\u00e9\ud83d\ude00<&>\\'\"\\\\/\\x01\\x7f'|tojson }} {{ '\u00e9\ud83d\ude00'|tojson(ensure_ascii=true) }} {{ n|tojson }} {{ t|tojson }} {{ 1.0|tojson }} {{ big|tojson }} {{ (1,2)|tojson }} {{ {1:2, true:3}|tojson }}", "[{\"function\": {\"name\": \"f\", \"arguments\": {\"b\": 1, \"a\": [1.5, null, true, \"x\\n\\\"\u00e9\"]}}}] {\"b\": 1, \"a\": 2, \"items\": 7} {\n  \"b\": 1,\n  \"a\": [\n    1.5,\n    null,\n    true,\n    \"x\\n\\\"\u00e9\"\n  ]\n} [\n    1,\n    [\n        2,\n        []\n    ],\n    {}\n] {\"a\": 2, \"b\": 1, \"items\": 7} {\"b\":1,\"a\":2,\"items\":7} \"\u00e9\ud83d\ude00<&>'\\\"\\\\/\\u0001\u007f\" \"\\u00e9\\ud83d\\ude00\" null true 1.0 1e+20 [1, 2] {\"1\": 3}" },
        { "{{ '42'|int }} {{ '4x'|int }} {{ '4x'|int(7) }} {{ 3.9|int }} {{ '3.9'|int }} {{ '2.5'|float }} {{ 'x'|float }} {{ 3|float }} {{ -3|abs }} {{ 2.567|round(2) }} {{ 2.5|round }} {{ 3.5|round }} {{ 2.1|round(0,'ceil') }} {{ 2.19|round(1,'floor') }} {{ 42|round }} {{ 5|string + '5' }} {{ none|string }} {{ true|int }} {{ none|int }}", "42 0 7 3 3 2.5 0.0 3.0 3 2.57 2.0 4.0 3.0 2.1 42 55 None 1 0" },
        { "{{ 'a\nb\n\nc'|indent }} {{ 'a\nb'|indent(2, true) }} {{ 'a\n\nb'|indent(2, blank=true) }} {{ 'a\nb'|indent('>> ') }} {{ '<a href=\"x\">\\'&'|e }} {{ s|replace('o','0') }} {{ s|replace('o','0',1) }} {{ 5|replace('5','6') }}", "a\n    b\n\n    c   a\n  b a\n  \n  b a\n>> b &lt;a href=&#34;x&#34;&gt;&#39;&amp; Hell0 W0rld Hell0 World 6" },
        { "{{ q is defined }} {{ x is defined }} {{ q is undefined }} {{ n is none }} {{ x is not none }} {{ s is string }} {{ x is string }} {{ x is number }} {{ t is number }} {{ t is integer }} {{ f is float }} {{ t is boolean }} {{ t is true }} {{ e is false }} {{ d is mapping }} {{ l is sequence }} {{ s is iterable }} {{ x is iterable }} {{ l is iterable }} {{ d is sequence }} {{ x is odd }} {{ x is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ x is eq 5 }} {{ x is equalto(5) }} {{ x is ne 5 }} {{ x is gt 4 }} {{ x is lt 4 }} {{ 'A' is upper }} {{ 'a' is lower }} {{ x is in [5,6] }} {{ x is not in [5,6] }} {{ x is sameas 5 }} {{ n is sameas none }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ range is callable }} {{ x is defined and x is number }}", "False True True True True True False True True False True True True False True True True False True True True False True False True True False True False True True True False True True True True True True" },
        { "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ m.role }};{% endfor %}", "10TrueFalse332system;21FalseFalse321user;32FalseTrue310assistant;" },
        { "{% for i in l if i > 1 %}{{ loop.index }}/{{ loop.length }}:{{ i }} {% else %}none{% endfor %}", "1/2:3 2/2:2 " },
        { "{% for i in [] %}x{% else %}empty{% endfor %}", "empty" },
        { "{% for a, b in d.items() %}{{ a }}={{ b }},{% endfor %}", "b=1,a=2,items=7," },
        { "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}", "023" },
        { "{% for i in range(2, 10, 3) %}{{ i }} {% endfor %}{{ range(3)|list }} {{ range(5, 0, -2)|list }} {{ range(0)|list }}", "2 5 8 [0, 1, 2] [5, 3, 1] []" },
        { "{% for c in 'ab' %}{{ loop.cycle('x','y') }}{{ c }}{% endfor %}", "xayb" },
        { "{% for i in [1,1,2] %}{{ loop.changed(i) }}{% endfor %}", "TrueFalseTrue" },
        { "{% for i in [1,2,3] %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {% endfor %}", "<1>2 1<2>3 2<3> " },
        { "{% for x in [1,[2,[3]],4] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}", "1@1(2@2(3@3))4@1" },
        { "{% set a = 1 %}{% for i in [1,2] %}{% set a = a + i %}{{ a }}{% endfor %}{{ a }}", "231" },
        { "{% set ns = namespace(a=1, b='x') %}{% for i in [1,2] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.zz }}", "4x" },
        { "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set a = 1, 2 %}{{ a }}", "12(1, 2)" },
        { "{% if x > 3 %}{% set z = 'in' %}{% endif %}{{ z }}", "in" },
        { "{% set z %}  hi {{ x }}\n{% endset %}[{{ z }}]{% set z | upper | trim %} hey {% endset %}[{{ z }}]", "[  hi 5\n][HEY]" },
        { "{% macro m(a, b='d', c=none) %}<{{ a }}{{ b }}{{ c }}>{% endmacro %}{{ m(1) }}{{ m(1,2) }}{{ m(b=3,a=4) }}{{ m(1,2,3)|length }}", "<1dNone><12None><43None>5" },
        { "{% macro outer() %}[{{ caller() }}]{% endmacro %}{% call outer() %}body{{ x }}{% endcall %}", "[body5]" },
        { "{% macro o() %}{{ caller('p') }}{% endmacro %}{% call(z) o() %}({{ z }}){% endcall %}", "(p)" },
        { "{% macro fact(n) %}{% if n < 2 %}1{% else %}{{ n * (fact(n-1)|int) }}{% endif %}{% endmacro %}{{ fact(6) }}", "720" },
        { "{% set g = 'G' %}{% macro m() %}{{ g }}{% endmacro %}{% set g = 'H' %}{{ m() }}", "H" },
        { "{% filter upper %}abc{{ s }}{% endfilter %}{% filter trim | upper %}  q {% endfilter %}", "ABCHELLO WORLDQ" },
        { "{% with a=1, b=2 %}{{ a + b }}{% endwith %}{{ a }}", "3" },
        { "{% raw %}{{ x }}{% if %}{% endraw %}", "{{ x }}{% if %}" },
        { "{%- raw -%}  {{ y }}  {%- endraw -%}  z", "{{ y }}z" },
        { "a\n  {% if t %}\n  b\n  {% endif %}\nc", "a\n  b\nc" },
        { "a \n {%- if t -%} \n b \n {%- endif -%} \n c", "abc" },
        { "{# c #}\nx {# y #} z\n  {# full #}\nw", "x  z\nw" },
        { "a {{- ' b ' -}} c", "a b c" },
        { "{%+ if t %} x {%+ endif +%}\ny", " x \ny" },
        { "  {%+ if t %}x{% endif %}\n", "  x" },
        { "  {% if t %}{% if t %}x\n{% endif %}{% endif %}  \n y\n\n", "x\n  \n y\n" },
        { "{% if t %}\n\n\na{% endif %}\n\nb\n", "\n\na\nb" },
        { "x\r\ny\rz\n", "x\ny\nz" },
        { "{% set q = 1 -%}   \n  x", "x" },
        { "{{ 'a' }}\n{{ 'b' }}\n", "a\nb" },
        { "   {{ x }}", "   5" },
        { "{% for i in l %}\n  {{ i }}\n{% endfor %}\n-", "  3\n  1\n  2\n-" },
        { "{%- for i in l %}\n{{- i }}\n{%- endfor %}", "312" },
        { "  {#- c -#}  x", "x" },
        { "{{ 'a' 'b' \"c\" }} {{ 'tab\\there' }} {{ '\\u00e9\\x41\\101\\q' }} {{ 1_000 }}", "abc tab\there \u00e9AA\\q 1000" },
        { "{{ {'a': {'b': [1, {'c': 'deep'}]}}.a.b[1].c }} {{ {'k':1}['k'] }} {{ [[1,2],[3,4]][1][0] }} {{ (1,2)[0] }} {{ messages[0]['role'] }} {{ messages[-1].role }} {{ messages|length - 1 }} {{ messages[1:]|length }} {{ l.0 }}", "deep 1 3 1 system assistant 2 2 3" },
        { "{{ true }} {{ True }} {{ none }} {{ None }} {{ false or none }} {{ true + 1 }}", "True True None None None 2" },
        { "{{ dict(a=1, b=2) }} {{ dict({'x':1}, y=2) }} {{ namespace(a=1).a }}", "{'a': 1, 'b': 2} {'x': 1, 'y': 2} 1" },
        { "{{ 1, 2 }} {{ () }} {{ (1) }}", "(1, 2) () 1" },
        { "{{ q }}|{{ q ~ 'x' }}|{{ [q] }}", "|x|[Undefined]" },
        { "{{ d.copy() }} {{ messages[1].content.split(' ') }}", "{'b': 1, 'a': 2, 'items': 7} ['Hi', '\ud83d\ude00', 'there']" },
        { "{% if messages[0].role == 'system' and (x > 3 or y) %}ok{% elif x %}no{% else %}never{% endif %}", "ok" },
        { "{{ '%s' }} {{ '100%' }}", "%s 100%" },
        { "{{ 'abc'|list|join('|') }} {{ 'a' if 'b' in 'abc' else 'c' }} {{ ('a', 'b')|join }} {{ [1, 2,] }} {{ {'a': 1,} }}", "a|b|c a ab [1, 2] {'a': 1}" },
        { "{{ 5 is number and 5 is not string }} {{ not 5 is string }} {{ 'x' is string == true }}", "True True True" },
        { "{{ x == 5 and 'five' or 'other' }}", "five" },
        { "{% for k, v in d|dictsort %}{{ k }}{{ v }}{% endfor %}", "a2b1items7" },
        { "{% for m in messages|selectattr('content') %}{{ m.content }}{% endfor %}", "Be brief. Hi \ud83d\ude00 there" },
        { "{% set l2 = l + [9] %}{{ l2 }}{{ l }}", "[3, 1, 2, 9][3, 1, 2]" },
        { "{{ messages | map(attribute='role') | map('capitalize') | join(', ') }}", "System, User, Assistant" },
        { "{% for tool in q %}x{% endfor %}|", "|" },
        { "{% if q %}a{% else %}b{% endif %}", "b" },
        { "{{ 'a b'.split(' ')[-1].strip() }}", "b" },
        { "{{ ['a','b'][x - 5] }}", "a" },
        { "{{ (messages|first).content|trim }}", "Be brief." },
        { "{% set _ = 5 %}{{ _ }}", "5" },
        { "{{ [1,2,3][-1] }}", "3" },
        { "{{ messages[0].get('role', 'x') }}", "system" },
        { "{{ '' if n is none else n }}", "" },
        { "{% for i in range(3) %}{{ i }}{{ ',' if not loop.last }}{% endfor %}", "0,1,2" },
        { "{{ 5[0] }}|", "|" },
        { "{{ s.__class__ }}|", "|" },
    };

    // Kept apart: what random templates found.
    public static TheoryData<string, string> Found { get; } = new()
    {
        { "{{ none | selectattr('role') | list }} {{ 0 | map('upper') | list }}", "[] []" },
        { "{{ true | abs }} {{ big is even }} {{ 2.5 is odd }}", "1 True False" },
        { "{{ (1, 2) * 2 }} {{ 2 * (1,) }}", "(1, 2, 1, 2) (1, 1)" },
    };

    public static TheoryData<string> Failing { get; } = new(
        "{{ -x }} {{ +x }} {{ - x|abs }} {{ (1 if x else 2) + 1 }} {{ x is defined and not n }} {{ 'a' ~ 1 + 2 }} {{ 1 + 1 ~ 'a' }} {{ 2 * 'ab' }} {{ 'ab' * 2 }} {{ [1] * 2 }} {{ [1] + [2] }} {{ 'ab' * -1 }}|",
        "{{ q.z }}",
        "{{ q + 1 }}",
        "{{ q() }}",
        "{{ s + 1 }}",
        "{{ 1 / 0 }}",
        "{{ n + 1 }}",
        "{{ l.append(4) }}",
        "{{ d.update({}) }}",
        "{% for i in 5 %}{% endfor %}",
        "{{ raise_exception('no') }}",
        "{{ s.zz() }}",
        "{{ 1 < 'a' }}",
        "{{ n|length }}",
        "{{ range(1000000)|length }}",
        "{{ messages.foo.bar }}",
        "{{ q['z'] }}",
        "{{ n.zz.y }}",
        "{% set x.y = 1 %}",
        "{% macro m(a) %}{% endmacro %}{{ m(1,2) }}",
        "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}",
        "{{ '' .join([1]) }}",
        "{% set a, b = 1 %}",
        "{% set a, b = [1,2,3] %}",
        "{{ [].__class__.__mro__ }}",
        "{{ l.index(99) }}",
        "{{ -n }}",
        "{{ [3,'a']|sort }}",
        "{{ {[]: 1} }}");

    public static TheoryData<string> Malformed { get; } = new(
        "{{ [1,2]|join(1)|zzz }}",
        "{% if %}{% endif %}",
        "{{ 1 + }}",
        "{% endif %}",
        "{% for i in l %}",
        "{{ 'abc }}",
        "{% unknown %}",
        "{{ x",
        "{% break %}",
        "{% include 'x' %}");

    [Theory]
    [MemberData(nameof(Rendered))]
    [MemberData(nameof(Found))]
    public void A_template_renders_as_the_reference_renders_it(string template, string expected)
    {
        var result = Render(template);
        Assert.Null(result.Error);
        Assert.Equal(expected, result.Text);
    }

    [Theory]
    [MemberData(nameof(Failing))]
    public void What_fails_in_the_reference_is_an_error_value(string template)
    {
        var result = Render(template);
        Assert.Null(result.Text);
        Assert.NotNull(result.Error);
        Assert.NotEqual(ChatTemplateErrorCode.Syntax, result.Error.Code);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_template_is_refused_with_its_line(string template)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => Render("\n" + template));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    private static ChatTemplateResult Render(string template)
    {
        using var variables = JsonDocument.Parse(Variables);
        var options = new ChatTemplateOptions { Variables = variables.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) };
        return ChatTemplate.Parse(template, new Dictionary<string, string>()).Render([], options);
    }
}
