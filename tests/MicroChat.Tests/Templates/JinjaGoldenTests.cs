using System.Text;
using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>The language, case by case, against Jinja2 as transformers sets it up.</summary>
public class JinjaGoldenTests
{
    public static TheoryData<string> Groups()
    {
        var data = new TheoryData<string>();
        foreach (string path in Golden.Files(Path.Combine("templates", "jinja", "cases.jsonl")))
            foreach (string group in TemplateCases.Read(path).Select(c => c.GetProperty("id").GetString()!.Split('/')[0]).Distinct())
                data.Add(Golden.Name(path) + "#" + group);
        return data;
    }

    [Theory]
    [MemberData(nameof(Groups))]
    [Trait("Category", Golden.Category)]
    public void Every_template_gives_the_text_or_the_failure_of_the_reference(string name)
    {
        string[] parts = name.Split('#');
        string path = Golden.Files(Path.Combine("templates", "jinja", "cases.jsonl")).Single(file => Golden.Name(file) == parts[0]);
        var wrong = new StringBuilder();
        int count = 0;
        foreach (JsonElement c in TemplateCases.Read(path))
        {
            string id = c.GetProperty("id").GetString()!;
            if (id.Split('/')[0] != parts[1]) continue;
            count++;
            if (Difference(c) is { } difference) wrong.AppendLine($"{id}: {c.GetProperty("template").GetString()}\n    {difference}");
        }
        Assert.True(count > 0 && wrong.Length == 0, $"{count} cases of {name}:\n{wrong}");
    }

    private static string? Difference(JsonElement c)
    {
        var variables = new Dictionary<string, object?>();
        if (c.TryGetProperty("context", out JsonElement context))
            foreach (JsonProperty variable in context.EnumerateObject()) variables[variable.Name] = variable.Value;
        string? text = null;
        TemplateException? failure = null;
        try
        {
            text = JinjaTemplate.Parse(c.GetProperty("template").GetString()!).Render(variables, TemplateCases.Clock(c));
        }
        catch (TemplateException e)
        {
            failure = e;
        }
        return TemplateCases.Difference(c, text, failure);
    }
}
