using System.Globalization;

namespace MicroChat.Cycles;

/// <summary>Names of the stages, which are also those of their folders or files.</summary>
internal static class CycleStages
{
    /// <summary>The feedback store is exported: folder "snapshot".</summary>
    public const string Export = "export";

    /// <summary>The reward model on the disjoint half, which is only asked and never optimised.</summary>
    public const string Disjoint = "reward-disjoint";

    /// <summary>The method is chosen.</summary>
    public const string Method = "method";

    /// <summary>The policy learns: folder "policy".</summary>
    public const string Policy = "policy";

    /// <summary>The candidate is measured beside the live model: evaluation.json.</summary>
    public const string Evaluation = "evaluation";

    /// <summary>The gates judge: gates.json.</summary>
    public const string Gates = "gates";

    /// <summary>The candidate is added to the registry, by way of the folder "staged".</summary>
    public const string Candidate = "candidate";

    /// <summary>One reward model of the ensemble: folder "reward-0", "reward-1" …</summary>
    public static string Reward(int member) => "reward-" + member.ToString(CultureInfo.InvariantCulture);

    /// <summary>All of them in their order.</summary>
    public static IReadOnlyList<string> All(int ensemble) =>
        [Export, .. Enumerable.Range(0, ensemble).Select(Reward), Disjoint, Method, Policy, Evaluation, Gates, Candidate];
}

/// <summary>Names of the gates.</summary>
internal static class GateNames
{
    public const string Text = "same-text";
    public const string Reward = "held-out-reward";
    public const string Disjoint = "disjoint-reward";
    public const string WinRate = "win-rate";
    public const string Divergence = "divergence";
    public const string Length = "length";
    public const string Ended = "ended";
    public const string Distinct = "distinct";
    public const string Supervised = "supervised-loss";
    public const string Refusal = "refusal";
    public const string OverRefusal = "over-refusal";
    public const string Flattery = "flattery";
}
