using System.Collections;
using System.Globalization;
using Microsoft.Extensions.AI;
using MicroChat.Model.Sampling;

namespace MicroChat.Chat;

/// <summary>
/// <see cref="ChatOptions"/> to <see cref="SamplingOptions"/> and back. What has no field of its own travels in
/// <see cref="ChatOptions.AdditionalProperties"/> under the names of Hugging Face's generation_config.json.
/// An option that cannot be honoured is refused, never ignored.
/// </summary>
public static class SamplingMapping
{
    private const string MinP = "min_p";
    private const string RepetitionPenalty = "repetition_penalty";
    private const string TypicalP = "typical_p";
    private const string EpsilonCutoff = "epsilon_cutoff";
    private const string EtaCutoff = "eta_cutoff";
    private const string NoRepeatNgram = "no_repeat_ngram_size";
    private const string SuppressedTokens = "suppress_tokens";
    private const string LogitBias = "logit_bias";

    private static readonly string[] KnownProperties =
        [
            MinP, RepetitionPenalty, TypicalP, EpsilonCutoff, EtaCutoff, NoRepeatNgram, SuppressedTokens, LogitBias,
            ReplyOptions.User, ReplyOptions.TopLogProbabilities, ReplyOptions.Continuation, ReplyOptions.Conversation, ReplyOptions.Server,
            ReplyOptions.Generation,
        ];

    /// <summary>The model's own settings with everything that <paramref name="options"/> sets put over them.</summary>
    /// <exception cref="ArgumentException">A value is out of range, of the wrong type, or an option that this model cannot honour.</exception>
    public static SamplingOptions ToSampling(ChatOptions? options, SamplingOptions defaults)
    {
        if (options is null)
        {
            return defaults;
        }
        var sampling = defaults with
        {
            Temperature = Widen(options.Temperature) ?? defaults.Temperature,
            TopP = Widen(options.TopP) ?? defaults.TopP,
            TopK = options.TopK ?? defaults.TopK,
            FrequencyPenalty = Widen(options.FrequencyPenalty) ?? defaults.FrequencyPenalty,
            PresencePenalty = Widen(options.PresencePenalty) ?? defaults.PresencePenalty,
            Seed = options.Seed ?? defaults.Seed,
            MaxReplyTokens = options.MaxOutputTokens ?? defaults.MaxReplyTokens,
            Stop = options.StopSequences is { } stop ? [.. stop] : defaults.Stop,
        };
        foreach ((string name, object? value) in options.AdditionalProperties ?? [])
        {
            sampling = ReplyOptions.Knows(name) ? sampling : With(sampling, name, value);
        }
        IReadOnlyList<string> faults = sampling.Validate();
        return faults.Count == 0 ? sampling : throw new ArgumentException(string.Join(' ', faults), nameof(options));
    }

    /// <summary>Options that ask for exactly these settings, whatever the model's own are.</summary>
    /// <remarks>A null seed stays null: the model's own seed, or its caller's choice.</remarks>
    public static ChatOptions ToChatOptions(SamplingOptions sampling) => new()
    {
        Temperature = (float)sampling.Temperature,
        TopP = (float)sampling.TopP,
        TopK = sampling.TopK,
        FrequencyPenalty = (float)sampling.FrequencyPenalty,
        PresencePenalty = (float)sampling.PresencePenalty,
        Seed = sampling.Seed,
        MaxOutputTokens = sampling.MaxReplyTokens,
        StopSequences = [.. sampling.Stop],
        AdditionalProperties = new AdditionalPropertiesDictionary
        {
            [MinP] = sampling.MinP,
            [RepetitionPenalty] = sampling.RepetitionPenalty,
            [TypicalP] = sampling.TypicalP,
            [EpsilonCutoff] = sampling.EpsilonCutoff,
            [EtaCutoff] = sampling.EtaCutoff,
            [NoRepeatNgram] = sampling.NoRepeatNgram,
            [SuppressedTokens] = sampling.SuppressedTokens,
            [LogitBias] = sampling.LogitBias,
        },
    };

    private static SamplingOptions With(SamplingOptions sampling, string name, object? value) => name switch
    {
        MinP => sampling with { MinP = Number(name, value) },
        RepetitionPenalty => sampling with { RepetitionPenalty = Number(name, value) },
        TypicalP => sampling with { TypicalP = Number(name, value) },
        EpsilonCutoff => sampling with { EpsilonCutoff = Number(name, value) },
        EtaCutoff => sampling with { EtaCutoff = Number(name, value) },
        NoRepeatNgram => sampling with { NoRepeatNgram = Whole(name, value) },
        SuppressedTokens when value is IEnumerable<int> ids => sampling with { SuppressedTokens = [.. ids] },
        LogitBias when value is IReadOnlyDictionary<int, double> bias => sampling with { LogitBias = bias },
        SuppressedTokens => throw WrongType(name, value, "a list of token ids"),
        LogitBias => throw WrongType(name, value, "a map of token ids to numbers"),
        _ => throw new ArgumentException(
            $"ChatOptions.AdditionalProperties has \"{name}\", which this model does not know; known are {string.Join(", ", KnownProperties)}. Remove it."),
    };

    /// <summary>The decimal number that was written as a float: 0.8f becomes 0.8, not 0.800000011920929.</summary>
    private static double? Widen(float? value) => value is { } number
        ? double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;

    private static double Number(string name, object? value) => value switch
    {
        double number => number,
        float number => Widen(number)!.Value,
        int number => number,
        long number => number,
        decimal number => (double)number,
        _ => throw WrongType(name, value, "a number"),
    };

    private static int Whole(string name, object? value)
    {
        double number = Number(name, value);
        return number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue
            ? (int)number
            : throw WrongType(name, value, "a whole number");
    }

    private static ArgumentException WrongType(string name, object? value, string wish)
    {
        string found = value switch { null => "null", string text => $"\"{text}\"", IEnumerable => value.GetType().Name, _ => $"{value}" };
        return new($"ChatOptions.AdditionalProperties[\"{name}\"] is {found}; it must be {wish}.");
    }
}
