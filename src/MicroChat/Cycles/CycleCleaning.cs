namespace MicroChat.Cycles;

/// <summary>Keeps disks from filling up: of old cycles that are over only what tells of them stays. Snapshots hold what people said and go first of all.</summary>
internal static class CycleCleaning
{
    private static readonly string[] Kept = [CycleFile.Name, "gates.json", "evaluation.json", "report.html", "run.json"];

    /// <summary>Empties the folders of all but the newest cycles.</summary>
    /// <param name="runs">The runs folder.</param>
    /// <param name="keep">Cycles that are left as they are.</param>
    public static void Clean(string runs, int keep)
    {
        foreach (CycleState old in CycleFile.List(runs).Skip(keep).Where(cycle => cycle.Verdict.State is CycleVerdictState.Candidate or CycleVerdictState.NoCandidate))
        {
            var folder = new DirectoryInfo(Path.Combine(runs, CycleFile.FolderName, old.Id));
            foreach (DirectoryInfo part in folder.EnumerateDirectories())
            {
                part.Delete(recursive: true);
            }
            foreach (FileInfo file in folder.EnumerateFiles().Where(file => !Kept.Contains(file.Name)))
            {
                file.Delete();
            }
        }
    }
}
