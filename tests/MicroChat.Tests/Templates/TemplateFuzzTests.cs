using System.Text;
using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>Damaged templates: only a TemplateException may come out, within the limits.</summary>
public class TemplateFuzzTests
{
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "|", "~", ".", ",", ":", "=", "**", "//", "%", "not ", " is ", " in ",
        " if ", " else ", "{% endif %}", "{% endfor %}", "{% for x in messages %}", "{% set x %}", "loop.", "caller()", "namespace()", "[::-1]", "[1:]", "| map('upper')", "| list",
        "| tojson", "| join", "99999999999999999999", "1e999", "-0.0", "none", "messages", "\ud800", "\udc00", "\ufdd0", "{% generation %}", "{% macro m(a=1, *b) %}", "| sort", "| groupby('role')",
        "'%s%d' % ", "'{0[a]}'.format", ".split('')", ".replace('', 'x')", "range(9)", "* 9", "| round(400)", "| int(0, 99)", "self.b()", "| batch(-1)", "| slice(-2)", "| indent(-3)", ".center(-1)", "| truncate(3)",
    ];

    [Theory]
    [InlineData(1, 1_500)]
    [InlineData(2, 1_500)]
    public void Damaged_templates_fail_in_order(int seed, int rounds)
    {
        var random = new Random(seed);
        (string[] sources, Dictionary<string, object?>[] contexts) = Material();
        var limits = new TemplateLimits { Steps = 200_000, OutputCharacters = 1 << 20 };
        int rendered = 0, refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            string source = Damage(sources[random.Next(sources.Length)], sources, random);
            try
            {
                JinjaTemplate.Parse(source, limits).Render(contexts[random.Next(contexts.Length)], TimeProvider.System);
                rendered++;
            }
            catch (TemplateException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}\n{source}");
            }
        }
        Assert.True(rendered > rounds / 50 && refused > rounds / 50, $"{rendered} rendered, {refused} refused: the damage is too small or too large to tell anything.");
    }

    private static string Damage(string source, string[] others, Random random)
    {
        var text = new StringBuilder(source);
        for (int times = random.Next(1, 5); times > 0; times--)
        {
            int at = random.Next(text.Length + 1), length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(4))
            {
                case 0: text.Remove(at, length); break;
                case 1: text.Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                case 2: text.Remove(at, length).Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                default:
                    string other = others[random.Next(others.Length)];
                    int start = random.Next(other.Length + 1);
                    text.Insert(at, other.AsSpan(start, Math.Min(random.Next(60), other.Length - start)));
                    break;
            }
        }
        return text.ToString();
    }

    private static (string[] Sources, Dictionary<string, object?>[] Contexts) Material()
    {
        var sources = new List<string>();
        var contexts = new List<Dictionary<string, object?>>();
        foreach (string folder in Golden.Folders("templates"))
            foreach (string path in Directory.GetFiles(folder, "*.jinja")) sources.Add(File.ReadAllText(path));
        foreach (string path in Golden.Files(Path.Combine("templates", "jinja", "cases.jsonl")))
            foreach (JsonElement c in TemplateCases.Read(path))
            {
                sources.Add(c.GetProperty("template").GetString()!);
                if (c.TryGetProperty("context", out JsonElement context))
                    contexts.Add(context.EnumerateObject().ToDictionary(variable => variable.Name, object? (variable) => variable.Value));
            }
        return ([.. sources], [.. contexts]);
    }
}
