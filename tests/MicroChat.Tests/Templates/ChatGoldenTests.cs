using System.Text;
using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>Whole templates of known formats, conversation by conversation, against transformers' apply_chat_template.</summary>
public class ChatGoldenTests
{
    private const string CasesEnd = ".cases.jsonl";

    public static TheoryData<string> Templates()
    {
        var data = new TheoryData<string>();
        foreach (string path in Paths()) data.Add(Golden.Name(path));
        return data;
    }

    private static IEnumerable<string> Paths() => Golden.Folders("templates").Where(folder => Path.GetFileName(folder) == "chat")
        .SelectMany(folder => Directory.GetFiles(folder, "*" + CasesEnd)).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Templates))]
    [Trait("Category", Golden.Category)]
    public void Every_conversation_gives_the_text_the_spans_or_the_failure_of_the_reference(string name)
    {
        string path = Paths().Single(file => Golden.Name(file) == name);
        string source = File.ReadAllText(path[..^CasesEnd.Length] + ".jinja");
        ChatTemplate template = ChatTemplate.Parse(source, new Dictionary<string, string>());
        var wrong = new StringBuilder();
        int count = 0;
        foreach (JsonElement c in TemplateCases.Read(path))
        {
            count++;
            if (Difference(template, c) is { } difference) wrong.AppendLine($"{c.GetProperty("id").GetString()}: {c.GetProperty("tests").GetString()}\n    {difference}");
        }
        Assert.True(count > 0 && wrong.Length == 0, $"{count} cases of {name}:\n{wrong}");
    }

    private static string? Difference(ChatTemplate template, JsonElement c)
    {
        RenderedChat? chat = null;
        TemplateException? failure = null;
        try
        {
            chat = template.Render(RequestOf(c), TemplateCases.Clock(c));
        }
        catch (TemplateException e)
        {
            failure = e;
        }
        if (TemplateCases.Difference(c, chat?.Text, failure) is { } difference) return difference;
        if (chat is null || !c.TryGetProperty("generation_spans", out JsonElement spans)) return null;
        string wanted = string.Join(' ', spans.EnumerateArray().Select(span => $"{span[0].GetInt32()}-{span[1].GetInt32()}"));
        string found = string.Join(' ', chat.GenerationSpans.Select(span => $"{CodePoints(chat.Text, span.Start)}-{CodePoints(chat.Text, span.End)}"));
        return wanted == found ? null : $"gives the spans {found}, wanted {wanted}";
    }

    private static int CodePoints(string text, int units) => text[..units].EnumerateRunes().Count();

    internal static ChatRequest RequestOf(JsonElement c)
    {
        JsonElement continued = c.TryGetProperty("continue_final_message", out JsonElement value) ? value : default;
        return new ChatRequest
        {
            Messages = [.. c.GetProperty("messages").EnumerateArray().Select(TemplateJson.Read)],
            AddGenerationPrompt = c.TryGetProperty("add_generation_prompt", out JsonElement add) && add.GetBoolean(),
            ContinuedKey = continued.ValueKind == JsonValueKind.String ? continued.GetString() : continued.ValueKind == JsonValueKind.True ? "content" : null,
            Tools = c.TryGetProperty("tools", out JsonElement tools) ? TemplateJson.Read(tools) : null,
            Documents = c.TryGetProperty("documents", out JsonElement documents) ? TemplateJson.Read(documents) : null,
            Variables = c.GetProperty("vars").EnumerateObject().ToDictionary(variable => variable.Name, variable => TemplateJson.Read(variable.Value)),
        };
    }
}
