using MicroChat.Cycles;

namespace MicroChat.Tests.Program.Web;

/// <summary>A cycle as its process writes it, in the middle of its work or at its end.</summary>
internal static class LoopFiles
{
    public const string CycleId = "20261121-010000";

    private static readonly DateTimeOffset s_begun = new(2026, 11, 21, 1, 0, 0, TimeSpan.Zero);

    public static void WriteCycle(string runs, CycleVerdictState state)
    {
        string folder = Path.Combine(runs, CycleFile.FolderName, CycleId);
        Directory.CreateDirectory(folder);
        bool running = state == CycleVerdictState.Running;
        CycleFile.Write(folder, new CycleState
        {
            Schema = CycleState.CurrentSchema, Id = CycleId, Created = s_begun, Written = s_begun, Command = "microchat train cycle", BaseGeneration = 7, Seed = 1,
            Settings = new Dictionary<string, string>(),
            Data = new CycleData
            {
                Snapshot = "snapshot", ManifestSha256 = new string('0', 64), Thumbs = 800, Pairs = 120, HeldOut = 90, Persons = 44, ConsentBasis = new Dictionary<string, long>(), Deletions = 2,
            },
            Stages = [.. CycleStages.All(2).Select((name, i) => new CycleStage(name, State(name, running), i < 6 ? s_begun.AddMinutes(i) : null, i < 5 || !running ? s_begun.AddMinutes(i + 1) : null, i == 0 ? "920 votes of 44 people" : ""))],
            Method = new CycleMethod(CycleMethodName.Kto, "800 thumbs are too few for PPO."),
            Gates = [Gate(GateNames.Reward, 0.31, 0.12, 0.5, 0, "The reward rises by 0.31, surely above 0."), Gate(GateNames.Flattery, 0.4, null, null, 0.25, "It agrees with a wrong opinion in 40 % of the probes.")],
            Verdict = new CycleVerdict(state, running ? "" : "The gate of flattery failed."),
        });
    }

    private static CycleStageState State(string name, bool running) => !running ? CycleStageState.Done
        : name == CycleStages.Policy ? CycleStageState.Running
        : name is CycleStages.Evaluation or CycleStages.Gates or CycleStages.Candidate ? CycleStageState.Waiting
        : CycleStageState.Done;

    private static GateResult Gate(string name, double value, double? lower, double? upper, double threshold, string words) =>
        new() { Name = name, Value = value, Lower = lower, Upper = upper, Threshold = threshold, Passed = value > threshold == (name == GateNames.Reward), Words = words };
}
