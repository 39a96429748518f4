namespace MicroChat.Model.Sampling;

/// <summary>What each setting of <see cref="SamplingOptions"/> may be.</summary>
internal static class SamplingRules
{
    private const double LowestTemperature = 1e-6;
    private const double HighestTemperature = 1e6;
    private const int MostStops = 64;
    private const int LongestStop = 4_096;

    /// <summary>All faults at once.</summary>
    public static IReadOnlyList<string> Faults(SamplingOptions o)
    {
        var faults = new List<string>();
        void Require(bool holds, string name, object value, string wish, string remedy)
        {
            if (!holds)
            {
                faults.Add($"{SamplingOptions.Section}:{name} is {value}; it must be {wish}. {remedy}");
            }
        }

        Require(o.Temperature is 0 or (>= LowestTemperature and <= HighestTemperature), nameof(o.Temperature), o.Temperature,
            $"0 or from {LowestTemperature} to {HighestTemperature}", "0 means greedy; 0.8 is usual.");
        Require(o.TopK >= 0, nameof(o.TopK), o.TopK, "0 or more", "0 turns it off.");
        Require(o.TopP is >= 0 and <= 1, nameof(o.TopP), o.TopP, "from 0 to 1", "1 turns it off.");
        Require(o.MinP is >= 0 and <= 1, nameof(o.MinP), o.MinP, "from 0 to 1", "0 turns it off.");
        Require(o.TypicalP is > 0 and <= 1, nameof(o.TypicalP), o.TypicalP, "above 0 and at most 1", "1 turns it off.");
        Require(o.EpsilonCutoff is >= 0 and < 1, nameof(o.EpsilonCutoff), o.EpsilonCutoff, "from 0 to below 1", "0 turns it off.");
        Require(o.EtaCutoff is >= 0 and < 1, nameof(o.EtaCutoff), o.EtaCutoff, "from 0 to below 1", "0 turns it off.");
        Require(o.RepetitionPenalty > 0 && double.IsFinite(o.RepetitionPenalty), nameof(o.RepetitionPenalty), o.RepetitionPenalty,
            "finite and above 0", "1 turns it off; 1.1 is usual.");
        Require(double.IsFinite(o.FrequencyPenalty), nameof(o.FrequencyPenalty), o.FrequencyPenalty, "finite", "0 turns it off.");
        Require(double.IsFinite(o.PresencePenalty), nameof(o.PresencePenalty), o.PresencePenalty, "finite", "0 turns it off.");
        Require(o.NoRepeatNgram >= 0, nameof(o.NoRepeatNgram), o.NoRepeatNgram, "0 or more", "0 turns it off.");
        Require(o.MaxReplyTokens >= 1, nameof(o.MaxReplyTokens), o.MaxReplyTokens, "1 or more", "256 is the default.");
        foreach ((int id, double bias) in o.LogitBias ?? new Dictionary<int, double>())
        {
            Require(id >= 0, $"{nameof(o.LogitBias)}:{id}", id, "a token id, 0 or more", "Remove it.");
            Require(double.IsFinite(bias), $"{nameof(o.LogitBias)}:{id}", bias, "finite",
                $"To ban a token, list it in {nameof(o.SuppressedTokens)}.");
        }
        CollectionFaults(o, Require);
        return faults;
    }

    private static void CollectionFaults(SamplingOptions o, Action<bool, string, object, string, string> require)
    {
        require(o.LogitBias is not null, nameof(o.LogitBias), "null", "a map of token ids", "Use an empty map.");
        require(o.SuppressedTokens is not null, nameof(o.SuppressedTokens), "null", "a list of token ids", "Use an empty list.");
        require(o.Stop is not null, nameof(o.Stop), "null", "a list of texts", "Use an empty list.");
        for (int i = 0; i < (o.SuppressedTokens?.Count ?? 0); i++)
        {
            require(o.SuppressedTokens![i] >= 0, $"{nameof(o.SuppressedTokens)}:{i}", o.SuppressedTokens[i], "a token id, 0 or more", "Remove it.");
        }
        int stops = o.Stop?.Count ?? 0;
        require(stops <= MostStops, nameof(o.Stop), $"a list of {stops} texts", $"at most {MostStops} texts", "Remove some.");
        for (int i = 0; i < Math.Min(stops, MostStops); i++)
        {
            string name = $"{nameof(o.Stop)}:{i}";
            int length = o.Stop![i]?.Length ?? 0;
            require(length > 0, name, "empty", "a text", "An empty text would end every reply at once: remove it.");
            require(length <= LongestStop, name, $"{length} characters long", $"at most {LongestStop} characters", "Shorten it.");
            require(length == 0 || StopStrings.IsWellFormed(o.Stop[i]), name, "ill-formed", "well-formed Unicode",
                "It holds half of a surrogate pair: write the whole character.");
        }
    }
}
