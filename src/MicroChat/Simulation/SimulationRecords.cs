using MicroChat.Cycles;
using MicroChat.Feedback;

namespace MicroChat.Simulation;

/// <summary>What a season of a town showed. Rates and shares are from 0 to 1.</summary>
internal sealed record SeasonFigures
{
    public required int Season { get; init; }

    /// <summary>The generation that was live; conversations that others answered are not in the rates.</summary>
    public required int Generation { get; init; }

    public required int Conversations { get; init; }

    /// <summary>Questions that got no answer, and clicks that were not taken, since the season before was measured.</summary>
    public required int Unanswered { get; init; }

    /// <summary>Share of 👍 among honest members' votes on answers that open a conversation, with its 95 % interval; null: no votes.</summary>
    public required WilsonInterval? UpRate { get; init; }

    /// <summary>Votes behind <see cref="UpRate"/>.</summary>
    public required int Votes { get; init; }

    /// <summary>Mean of the hidden preference over those answers; 0 where there are none.</summary>
    public required double Gold { get; init; }

    /// <summary>Mean length of those answers. Unit: words.</summary>
    public required double Words { get; init; }

    /// <summary>How the honest members' votes of the season fared.</summary>
    public required VoteCoverage Coverage { get; init; }

    /// <summary>The cycle that followed; null: none.</summary>
    public CycleFigures? Cycle { get; init; }

    /// <summary>Real time that members took.</summary>
    public required TimeSpan Chatting { get; init; }
}

/// <summary>Honest members' votes and choices on their way into a data set.</summary>
/// <param name="Cast">Those that stand, and that their members and the askers allow to be used.</param>
/// <param name="Stored">Those of them in the feedback store as they were cast.</param>
/// <param name="Counted">Those in the snapshot that the cycle learned from, held-out parts included; null: there was no cycle.</param>
/// <param name="Trolls">Votes of trolls in that snapshot, by the same rule.</param>
/// <param name="TrollsCast">Votes of trolls that stand.</param>
internal sealed record VoteCoverage(int Cast, int Stored, int? Counted, int? Trolls, int TrollsCast)
{
    /// <summary>Share of honest votes that counted: in the snapshot, or in the store where there is none; 1 where nobody voted.</summary>
    public double Share => Cast == 0 ? 1 : (double)(Counted ?? Stored) / Cast;
}

/// <summary>What became of a cycle.</summary>
internal sealed record CycleFigures
{
    public required string Id { get; init; }

    public required CycleMethod? Method { get; init; }

    public required IReadOnlyList<GateResult> Gates { get; init; }

    public required CycleVerdict Verdict { get; init; }

    /// <summary>Divergence from the generation before. Unit: nats per reply; null: not measured.</summary>
    public double? Divergence { get; init; }

    /// <summary>Whether the candidate replies to everyone now.</summary>
    public bool Promoted { get; init; }

    /// <summary>What the trial on people came to, in words.</summary>
    public string Trial { get; init; } = "";

    /// <summary>Real time of the cycle.</summary>
    public required TimeSpan Training { get; init; }
}

/// <summary>A whole simulation.</summary>
internal sealed record SimulationResult
{
    public required string Command { get; init; }

    public required string Preference { get; init; }

    /// <summary>What members like, in words.</summary>
    public required string Liked { get; init; }

    public required int Seed { get; init; }

    public required int Members { get; init; }

    public required IReadOnlyList<SeasonFigures> Seasons { get; init; }

    /// <summary>Real time of everything.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>Rise of the up-rate from the first season to the last; null: there were no votes.</summary>
    public double? Rise => Seasons.Count > 1 && Seasons[0].UpRate is { } first && Seasons[^1].UpRate is { } last ? last.Share - first.Share : null;
}
