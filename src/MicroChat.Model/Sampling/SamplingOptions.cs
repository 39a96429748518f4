namespace MicroChat.Model.Sampling;

/// <summary>How the next token is chosen, in the order in which the settings act. Section "Sampling" of the settings.</summary>
public sealed record SamplingOptions
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "Sampling";

    /// <summary>Added to the logit of a token id before anything else. Empty: off.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = new Dictionary<int, double>();

    /// <summary>Divides positive and multiplies negative logits of every token seen in prompt or reply. 1: off; above 1 repeats less.</summary>
    /// <remarks>Source: Keskar et al. 2019 (arXiv:1909.05858).</remarks>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Bans tokens that would complete an n-gram of prompt and reply a second time. Unit: tokens; 0: off.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>Token ids that are never chosen; ids outside the vocabulary do nothing. Empty: off.</summary>
    public IReadOnlyList<int> SuppressedTokens { get; init; } = [];

    /// <summary>Subtracted from a logit once per occurrence of its token in the reply. 0: off.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Subtracted from a logit once if its token occurs in the reply. 0: off.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Divides the logits; 0: greedy, the most probable token always (everything below is then ignored). No unit.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Keeps the k most probable tokens and all that tie with the k-th. 0: off.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the most probable tokens that together reach this mass. 1: off.</summary>
    /// <remarks>Source: Holtzman et al. 2019 (arXiv:1904.09751).</remarks>
    public double TopP { get; init; } = 0.95;

    /// <summary>Keeps tokens at least this fraction as probable as the most probable one. 0: off.</summary>
    /// <remarks>Source: Nguyen et al. 2024 (arXiv:2407.01082).</remarks>
    public double MinP { get; init; }

    /// <summary>Keeps the tokens whose surprise is nearest to the entropy until they reach this mass. 1: off.</summary>
    /// <remarks>Source: Meister et al. 2022 (arXiv:2202.00666).</remarks>
    public double TypicalP { get; init; } = 1;

    /// <summary>Keeps tokens of at least this probability, and the best. 0: off.</summary>
    public double EpsilonCutoff { get; init; }

    /// <summary>As <see cref="EpsilonCutoff"/>, with a limit that falls with the entropy. 0: off.</summary>
    /// <remarks>Source: Hewitt et al. 2022 (arXiv:2210.15191), both cutoffs.</remarks>
    public double EtaCutoff { get; init; }

    /// <summary>Seed of the draws; null: the caller chooses.</summary>
    public long? Seed { get; init; }

    /// <summary>Longest reply. Unit: tokens.</summary>
    public int MaxReplyTokens { get; init; } = 256;

    /// <summary>Texts that end the reply and are not part of it. Empty: none.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Everything that is wrong, one sentence each with setting, value, wish and remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => SamplingRules.Faults(this);
}
