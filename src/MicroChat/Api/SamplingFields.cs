using System.Globalization;
using System.Text.Json;
using MicroChat.Chat;
using Microsoft.Extensions.AI;

namespace MicroChat.Api;

/// <summary>The fields about sampling that both kinds of completion share.</summary>
internal static class SamplingFields
{
    private const int MostStops = 16;
    private const int LongestStop = 1_000;
    private const int MostBiases = 1_024;

    /// <summary>What the fields ask for; what is not given is left to the model.</summary>
    public static ChatOptions Read(RequestFields fields)
    {
        int? longest = (int?)(fields.Whole("max_completion_tokens", 1, int.MaxValue) ?? fields.Whole("max_tokens", 1, int.MaxValue));
        fields.Has("max_tokens", out _);
        var options = new ChatOptions
        {
            Temperature = (float?)fields.Number("temperature", 0, 2),
            TopP = (float?)fields.Number("top_p", 0, 1),
            TopK = (int?)fields.Whole("top_k", 0, int.MaxValue),
            PresencePenalty = (float?)fields.Number("presence_penalty", -2, 2),
            FrequencyPenalty = (float?)fields.Number("frequency_penalty", -2, 2),
            Seed = fields.Whole("seed", long.MinValue, long.MaxValue),
            MaxOutputTokens = longest,
            StopSequences = Stop(fields),
            AdditionalProperties = [],
        };
        Add(options, "min_p", fields.Number("min_p", 0, 1));
        Add(options, "repetition_penalty", fields.Number("repetition_penalty", 0.01, 100));
        Add(options, "logit_bias", Bias(fields));
        return options;
    }

    /// <summary>Several choices of one request differ by their seeds; the first is what a request for one would get.</summary>
    public static ChatOptions ForChoice(ChatOptions options, int choice)
    {
        ChatOptions own = options.Clone();
        own.Seed = unchecked(options.Seed + choice);
        return own;
    }

    /// <summary>Sets a property that <see cref="ReplyOptions"/> or the sampling settings name; null: leaves it out.</summary>
    public static void Add(ChatOptions options, string name, object? value)
    {
        if (value is not null)
        {
            options.AdditionalProperties![name] = value;
        }
    }

    private static List<string>? Stop(RequestFields fields)
    {
        if (!fields.Has("stop", out JsonElement value))
        {
            return null;
        }
        List<string> stops = value.ValueKind switch
        {
            JsonValueKind.String => [fields.Text(value, "stop")],
            JsonValueKind.Array when value.GetArrayLength() <= MostStops =>
                [.. value.EnumerateArray().Select((item, i) => fields.Text(item, $"stop[{i}]"))],
            _ => throw fields.Wrong("stop", value, $"a text or a list of at most {MostStops} texts"),
        };
        return stops.TrueForAll(s => s.Length is > 0 and <= LongestStop)
            ? stops
            : throw ApiException.Invalid("stop", $"stop holds an empty text or one of more than {LongestStop} characters; each must have 1 to {LongestStop}.", "invalid_value");
    }

    private static Dictionary<int, double>? Bias(RequestFields fields)
    {
        if (!fields.Has("logit_bias", out JsonElement value))
        {
            return null;
        }
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > MostBiases)
        {
            throw fields.Wrong("logit_bias", value, $"an object of at most {MostBiases} token ids and numbers");
        }
        var bias = new Dictionary<int, double>();
        var inner = new RequestFields(value, "logit_bias.");
        foreach (JsonProperty entry in value.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                throw ApiException.Invalid("logit_bias", "logit_bias has a name that is no token id; each must be a whole number, 0 or more, written as a text.", "invalid_value");
            }
            bias[id] = inner.Number(entry.Name, -100, 100) ?? 0;
        }
        return bias;
    }
}
