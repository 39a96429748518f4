using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MicroChat.Model.Sampling;

namespace MicroChat;

/// <summary>The options that every verb which makes the model talk has in common.</summary>
internal sealed class GenerationOptions
{
    private readonly Option<string?> model = new("--model")
    {
        HelpName = "folder",
        Description = "Folder of the model (Hugging Face layout). Default: the embedded model in models/.",
    };

    private readonly Option<string?> system = new("--system")
    {
        HelpName = "text",
        Description = "System prompt: who the model shall be. Default: what its chat template says.",
    };

    private readonly Option<double?> temperature = Number("--temperature", "x", "Divides the logits; 0 is greedy, higher is bolder. Default: the model's own.");

    private readonly Option<double?> topP = Number("--top-p", "x", "Draw from the likeliest tokens that reach this mass, 0 to 1. Default: the model's own.");

    private readonly Option<int?> maxTokens = Whole<int>("--max-tokens", "Longest reply, in tokens. Default: the model's own.");

    private readonly Option<long?> seed = Whole<long>("--seed", "Seed of the draws: the same seed and prompt give the same reply. Default: a fresh one.");

    /// <summary>Adds all of them to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (Option option in (Option[])[model, system, temperature, topP, maxTokens, seed])
        {
            verb.Options.Add(option);
        }
    }

    public string? Model(ParseResult parsed) => parsed.GetValue(model);

    public string? System(ParseResult parsed) => parsed.GetValue(system);

    public long? Seed(ParseResult parsed) => parsed.GetValue(seed);

    /// <summary>The model's settings with those of the command line put over them; the seed is left to the caller.</summary>
    /// <exception cref="CommandException">A value is out of range.</exception>
    public SamplingOptions Sampling(ParseResult parsed, SamplingOptions defaults)
    {
        SamplingOptions sampling = defaults with
        {
            Temperature = parsed.GetValue(temperature) ?? defaults.Temperature,
            TopP = parsed.GetValue(topP) ?? defaults.TopP,
            MaxReplyTokens = parsed.GetValue(maxTokens) ?? defaults.MaxReplyTokens,
        };
        IReadOnlyList<string> faults = sampling.Validate();
        return faults.Count == 0 ? sampling : throw CommandException.Usage(string.Join(' ', faults));
    }

    private static Option<double?> Number(string name, string helpName, string description) => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result => Parse<double>(result, name, NumberStyles.Float, "a number, for example 0.8"),
    };

    private static Option<T?> Whole<T>(string name, string description)
        where T : struct, global::System.Numerics.IBinaryInteger<T> => new(name)
        {
            HelpName = "n",
            Description = description,
            CustomParser = result => Parse<T>(result, name, NumberStyles.AllowLeadingSign, "a whole number"),
        };

    private static T? Parse<T>(ArgumentResult result, string name, NumberStyles style, string wish)
        where T : struct, global::System.Numerics.INumber<T>
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out T value))
        {
            return value;
        }
        result.AddError($"{name} is \"{text}\"; it must be {wish}.");
        return null;
    }
}
