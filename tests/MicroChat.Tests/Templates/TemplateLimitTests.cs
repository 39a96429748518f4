using System.Text;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>A hostile template ends with an error: soon, and in little memory.</summary>
public class TemplateLimitTests
{
    private static readonly Dictionary<string, object?> NoVariables = [];

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}xxxxxxxx{% endfor %}{% endfor %}")]
    [InlineData("{% set n = namespace(s='xxxxxxxx') %}{% for i in range(64) %}{% set n.s = n.s ~ n.s %}{% endfor %}")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(64) %}{% set n.s = n.s + n.s %}{% endfor %}")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(64) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(64) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s | tojson }}")]
    [InlineData("{% set n = namespace(s=[1], t=[1]) %}{% for i in range(64) %}{% set n.s = [n.s, n.s] %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.s == n.t }}")]
    [InlineData("{% set n = namespace(s=(1,), t=(1,)) %}{% for i in range(64) %}{% set n.s = (n.s, n.s) %}{% endfor %}{{ {n.s: 1} }}")]
    [InlineData("{% set n = namespace(s=[1]) %}{% for i in range(99999) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s }}")]
    [InlineData("{{ 'x' * 1000000000000 }}")]
    [InlineData("{{ 'x' * 9223372036854775807 }}")]
    [InlineData("{{ [1] * 10000000000 }}")]
    [InlineData("{{ 10 ** 10 ** 10 ** 10 ** 10 }}")]
    [InlineData("{{ 2 ** 100000000000 }}")]
    [InlineData("{{ 'a' | center(2000000000) }}")]
    [InlineData("{{ '%2000000000d' % 1 }}")]
    [InlineData("{{ '%.2000000000f' % 1.5 }}")]
    [InlineData("{{ '{:2000000000}'.format(1) }}")]
    [InlineData("{{ 'a\nb' | indent(2000000000) }}")]
    [InlineData("{{ {'a': 1} | tojson(indent=2000000000) }}")]
    [InlineData("{{ ('x' * 100000) | replace('', 'y' * 100000) }}")]
    [InlineData("{{ ('x' * 100000).join(range(100000) | map('string')) }}")]
    [InlineData("{{ range(100000) | map('string') | join('x' * 100000) }}")]
    [InlineData("{{ '\\t'.expandtabs(2000000000) }}")]
    [InlineData("{{ [1] | batch(2000000000, 1) | list }}")]
    [InlineData("{{ [1] | slice(2000000000, 1) | list }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ [1] | map('string') | join ~ a() }}{% endmacro %}{{ a() }}")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [InlineData("{% block b %}{{ self.b() }}{% endblock %}")]
    public void A_template_that_asks_for_too_much_is_stopped(string source)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<TemplateException>(() => JinjaTemplate.Parse(source).Render(NoVariables, TimeProvider.System));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 2L << 30, $"{allocated >> 20} MB were allocated on the way to the error.");
    }

    [Theory]
    [InlineData("(", "{{ ", "", 100_000)]
    [InlineData("[", "{{ ", "", 100_000)]
    [InlineData("{1:", "{{ ", "", 100_000)]
    [InlineData("-", "{{ ", "1 }}", 100_000)]
    [InlineData("not ", "{{ ", "1 }}", 100_000)]
    [InlineData("1 if 1 else ", "{{ ", "1 }}", 100_000)]
    [InlineData("{% if 1 %}", "", "", 50_000)]
    [InlineData("{% for a in b %}", "", "", 50_000)]
    [InlineData("{% macro m() %}", "", "", 50_000)]
    [InlineData("f(", "{{ ", "", 100_000)]
    [InlineData("x[", "{{ ", "", 100_000)]
    public void Deep_nesting_is_an_error_of_the_template(string piece, string begin, string end, int times)
    {
        string source = new StringBuilder(begin).Insert(begin.Length, piece, times).Append(end).ToString();
        Assert.Throws<TemplateException>(() => JinjaTemplate.Parse(source).Render(NoVariables, TimeProvider.System));
    }

    [Theory]
    [InlineData("+ 1 ", "{{ 1 ", "}}")]
    [InlineData("| abs ", "{{ 1 ", "}}")]
    [InlineData(".a", "{{ 1", "}}")]
    [InlineData("and 1 ", "{{ 1 ", "}}")]
    [InlineData("{% elif 0 %}", "{% if 0 %}", "{% endif %}")]
    public void A_long_chain_is_evaluated_or_refused(string piece, string begin, string end)
    {
        string source = new StringBuilder(begin).Insert(begin.Length, piece, 50_000).Append(end).ToString();
        string? outcome = null;
        try
        {
            outcome = JinjaTemplate.Parse(source).Render(NoVariables, TimeProvider.System);
        }
        catch (TemplateException e)
        {
            outcome = e.Message;
        }
        Assert.NotNull(outcome);
    }

    [Fact]
    public void A_failure_names_the_line()
    {
        var failure = Assert.Throws<TemplateException>(() => JinjaTemplate.Parse("a\nb\n{{ 1 + 'x' }}\n").Render(NoVariables, TimeProvider.System));
        Assert.Equal(3, failure.Line);
        Assert.Contains("line 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Throws<TemplateException>(() => JinjaTemplate.Parse("a\n{% if %}")).Line);
    }

    [Fact]
    public void A_message_of_raise_exception_is_the_templates_own()
    {
        var failure = Assert.Throws<TemplateException>(() => JinjaTemplate.Parse("\n{{ raise_exception('No, ' ~ 1) }}").Render(NoVariables, TimeProvider.System));
        Assert.Equal("No, 1", failure.Message);
        Assert.True(failure.RaisedByTemplate);
    }

    [Fact]
    public void Small_limits_are_kept()
    {
        var limits = new TemplateLimits { OutputCharacters = 10, Steps = 100, SourceCharacters = 100 };
        Assert.Equal("0123456789", JinjaTemplate.Parse("0123456789", limits).Render(NoVariables, TimeProvider.System));
        Assert.Throws<TemplateException>(() => JinjaTemplate.Parse("0123456789x", limits).Render(NoVariables, TimeProvider.System));
        Assert.Throws<TemplateException>(() => JinjaTemplate.Parse("{% for x in range(99) %}{% endfor %}", limits).Render(NoVariables, TimeProvider.System));
        Assert.Throws<TemplateException>(() => JinjaTemplate.Parse(new string('x', 101), limits));
    }
}
