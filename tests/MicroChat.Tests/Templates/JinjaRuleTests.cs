using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>Rules that the golden cases do not reach; the texts are what Jinja2 3.1.6 on Python 3.11 gives.</summary>
public class JinjaRuleTests
{
    private static readonly Dictionary<string, object?> Variables = new()
    {
        ["xs"] = new[] { "a", "b", "c" },
        ["ns"] = new[] { 3, 1, 2, 5, 4 },
        ["d"] = new Dictionary<string, object?> { ["b"] = 1, ["a"] = 2, ["C"] = 3 },
        ["v"] = "ctx",
    };

    private static string Render(string source) => JinjaTemplate.Parse(source).Render(Variables, TimeProvider.System);

    [Theory]
    [InlineData("{{ ns[-10:10:3] }}{{ ns[::-2] }}{{ 'ab'[20:] }}", "[3, 5][4, 2, 3]")]
    [InlineData("{% for x in xs %}{% for v in ns %}{{ v }}{% endfor %}{{ v }}{% endfor %}", "31254ctx31254ctx31254ctx")]
    [InlineData("{% if none %}{% set v = 1 %}{% elif 0 %}{% set w = 2 %}{% endif %}{{ v }}{{ w }}", "ctx")]
    [InlineData("{% macro m(a, b=v) %}{{ a }}{{ b }}{% endmacro %}{% set v = 'n' %}{{ m(1) }}", "1n")]
    [InlineData("{% set a %}{% for x in xs %}{% if x == 'b' %}{% break %}{% endif %}{{ x }}{% endfor %}!{% endset %}{{ a }}", "a!")]
    [InlineData("{% for a, b in d.items() if b > 1 %}{{ loop.index }}/{{ loop.length }}{{ a }}{% endfor %}", "1/2a2/2C")]
    [InlineData("{% set s = namespace(a=1) %}{% set s.a, q = 5, 6 %}{{ s.a }}{{ q }}", "56")]
    [InlineData("{{ 7 // 0.3 }} {{ -7 // 0.3 }} {{ 6.0 % -3 }} {{ 2.675 | round(2) }} {{ 25 | round(-1) }}", "23.0 -24.0 -0.0 2.67 20")]
    [InlineData("{{ 'İIı' | lower }}{{ 'ŉǰﬁ' | upper }}{{ 'ǆ ß' | title }}{{ 'ΑΣ ΣΑ Σ' | lower }}", "i̇iıʼNJ̌FIǄ SSας σα σ")]
    [InlineData("{{ 1e16 }} {{ 9.999999999999999e22 }} {{ 5e-324 }} {{ 99999999999999990000.0 }}", "1e+16 1e+23 5e-324 9.999999999999998e+19")]
    [InlineData("{{ 1 if 0 else 2 if 0 else 3 }}{{ -1 ** 2 }}{{ 1 not in [2] == true }}", "31False")]
    [InlineData("{{ \"\\é\" }}{{ 'a\\\nb' }}{{ '\\z' }}", "\\xe9ab\\z")]
    public void A_template_gives_the_text_of_the_reference(string source, string wanted) => Assert.Equal(wanted, Render(source));

    [Theory]
    [InlineData("{{ xs['a':] }}")]
    [InlineData("{{ d[1:] }}")]
    [InlineData("{{ none[1:] }}")]
    [InlineData("{{ xs[nope:] }}")]
    [InlineData("{{ [1, 2].append(3) }}")]
    [InlineData("{% for x in xs %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}")]
    public void A_template_fails_where_the_reference_does(string source) => Assert.Throws<TemplateException>(() => Render(source));
}
