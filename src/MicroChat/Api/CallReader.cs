using System.Text;
using System.Text.Json;
using MicroChat.Chat;
using Microsoft.Extensions.AI;

namespace MicroChat.Api;

/// <summary>Reads the bodies of both kinds of completion.</summary>
internal static class CallReader
{
    private const int MostChoices = 16;
    private const int MostPrompts = 16;
    private const int MostTextLogprobs = 5;
    private const int LongestUser = 512;

    /// <summary>A body of /v1/chat/completions.</summary>
    /// <exception cref="ApiException">A field is wrong; the exception names it.</exception>
    public static CompletionCall Chat(JsonElement json)
    {
        var fields = new RequestFields(json, "");
        string model = fields.RequiredText("model");
        List<ChatMessage> messages = Messages(fields);
        ChatOptions options = SamplingFields.Read(fields);
        bool logprobs = fields.Flag("logprobs") ?? false;
        long? top = fields.Whole("top_logprobs", 0, ReplyRequest.MostTopLogProbabilities);
        if (top is not null && !logprobs)
        {
            throw ApiException.Invalid("top_logprobs", $"top_logprobs is {top}, but logprobs is not true; set logprobs to true as well.", "invalid_value");
        }
        SamplingFields.Add(options, ReplyOptions.TopLogProbabilities, logprobs ? (int)(top ?? 0) : null);
        return Finish(fields, new CompletionCall
        {
            Model = model,
            Prompts = [messages],
            Options = options,
            ChoicesPerPrompt = (int)(fields.Whole("n", 1, MostChoices) ?? 1),
            Stream = fields.Flag("stream") ?? false,
            IncludeUsage = IncludeUsage(fields),
            Logprobs = logprobs,
            User = User(fields),
        });
    }

    /// <summary>A body of /v1/completions.</summary>
    /// <exception cref="ApiException">A field is wrong; the exception names it.</exception>
    public static CompletionCall Text(JsonElement json)
    {
        var fields = new RequestFields(json, "");
        string model = fields.RequiredText("model");
        List<string> prompts = Prompts(fields);
        ChatOptions options = SamplingFields.Read(fields);
        options.MaxOutputTokens ??= 16;      // this endpoint's own default, which its clients count on
        long? logprobs = fields.Whole("logprobs", 0, MostTextLogprobs);
        bool echo = fields.Flag("echo") ?? false;
        if (echo && logprobs is not null)
        {
            throw ApiException.Invalid("echo", "echo and logprobs cannot be combined: probabilities of the prompt are not computed. Leave one out.", "unsupported_parameter");
        }
        SamplingFields.Add(options, ReplyOptions.TopLogProbabilities, (int?)logprobs);
        SamplingFields.Add(options, ReplyOptions.Continuation, true);
        return Finish(fields, new CompletionCall
        {
            Model = model,
            Prompts = [.. prompts.Select(text => new[] { new ChatMessage(ChatRole.User, text) })],
            Options = options,
            ChoicesPerPrompt = (int)(fields.Whole("n", 1, MostChoices) ?? 1),
            Stream = fields.Flag("stream") ?? false,
            IncludeUsage = IncludeUsage(fields),
            Logprobs = logprobs is not null,
            Echo = echo,
            User = User(fields),
        });
    }

    private static CompletionCall Finish(RequestFields fields, CompletionCall call)
    {
        OtherFields.Check(fields);
        if (call.Choices > MostChoices)
        {
            throw ApiException.Invalid("n", $"{call.Prompts.Count} prompts with n = {call.ChoicesPerPrompt} make {call.Choices} choices; {MostChoices} are allowed. Send several requests.", "invalid_value");
        }
        return call;
    }

    private static List<ChatMessage> Messages(RequestFields fields)
    {
        if (!fields.Has("messages", out JsonElement list))
        {
            throw ApiException.Invalid("messages", "messages is missing; it must be a list of {\"role\", \"content\"}.", "missing_required_parameter");
        }
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw fields.Wrong("messages", list, "a list of at least one message");
        }
        var messages = new List<ChatMessage>(list.GetArrayLength());
        foreach ((int index, JsonElement item) in list.EnumerateArray().Index())
        {
            string name = $"messages[{index}]";
            messages.Add(item.ValueKind == JsonValueKind.Object
                ? Message(new RequestFields(item, name + "."))
                : throw fields.Wrong(name, item, "an object with role and content"));
        }
        return messages[^1].Role == ChatRole.User ? messages : throw ApiException.Invalid(
            $"messages[{messages.Count - 1}].role", $"The last message has the role \"{messages[^1].Role}\"; it must be the user's: there is nothing to reply to.", "invalid_value");
    }

    private static ChatMessage Message(RequestFields fields)
    {
        string role = fields.RequiredText("role");
        ChatRole speaker = role switch
        {
            "system" or "developer" => ChatRole.System,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            _ => throw ApiException.Invalid(fields.Path("role"), $"{fields.Path("role")} must be system, developer, user or assistant.", "invalid_value"),
        };
        string content = Content(fields);
        fields.Text("name");                // the model does not tell speakers of one role apart
        fields.RequireNoRest();
        return new ChatMessage(speaker, content);
    }

    private static string Content(RequestFields fields)
    {
        if (!fields.Has("content", out JsonElement content))
        {
            throw ApiException.Invalid(fields.Path("content"), $"{fields.Path("content")} is missing; it must be a text or a list of text parts.", "missing_required_parameter");
        }
        if (content.ValueKind != JsonValueKind.Array)
        {
            return content.ValueKind == JsonValueKind.String
                ? fields.Text(content, "content")
                : throw fields.Wrong("content", content, "a text or a list of text parts");
        }
        var text = new StringBuilder();
        foreach ((int index, JsonElement item) in content.EnumerateArray().Index())
        {
            string name = $"content[{index}]";
            if (item.ValueKind != JsonValueKind.Object)
            {
                throw fields.Wrong(name, item, "an object with type and text");
            }
            var part = new RequestFields(item, fields.Path(name) + ".");
            text.Append(part.RequiredText("type") == "text" ? part.RequiredText("text") : throw ApiException.Invalid(
                part.Path("type"), $"{part.Path("type")} must be text: the model reads nothing else.", "unsupported_value"));
        }
        return text.ToString();
    }

    private static List<string> Prompts(RequestFields fields)
    {
        if (!fields.Has("prompt", out JsonElement value))
        {
            throw ApiException.Invalid("prompt", "prompt is missing; it must be a text or a list of texts.", "missing_required_parameter");
        }
        const string Wish = "a text or a list of 1 to 16 texts";
        return value.ValueKind switch
        {
            JsonValueKind.String => [NotEmpty(fields.Text(value, "prompt"), "prompt")],
            JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind is JsonValueKind.Number or JsonValueKind.Array =>
                throw ApiException.Invalid("prompt", "prompt is a list of token ids, which this server does not take; it must be a text or a list of texts.", "unsupported_value"),
            JsonValueKind.Array when value.GetArrayLength() is > 0 and <= MostPrompts =>
                [.. value.EnumerateArray().Select((item, i) => NotEmpty(fields.Text(item, $"prompt[{i}]"), $"prompt[{i}]"))],
            _ => throw fields.Wrong("prompt", value, Wish),
        };
    }

    private static string NotEmpty(string prompt, string name) => prompt.Length > 0
        ? prompt
        : throw ApiException.Invalid(name, $"{name} is empty; it must have at least one character to be continued.", "invalid_value");

    private static bool IncludeUsage(RequestFields fields)
    {
        RequestFields? options = fields.Object("stream_options");
        bool wanted = options?.Flag("include_usage") ?? false;
        options?.Flag("include_obfuscation");       // padding against observers of packet lengths; none is sent
        options?.RequireNoRest();
        return wanted;
    }

    private static string? User(RequestFields fields) => fields.Text("user") is not { } user ? null
        : user.Length <= LongestUser ? user
        : throw ApiException.Invalid("user", $"user has {user.Length} characters; at most {LongestUser} are allowed.", "invalid_value");
}
