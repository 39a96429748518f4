using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MicroChat.Proofs.Mutation;

/// <summary>Plants one mistake after the other into the sources and shows which named test catches it.</summary>
internal static partial class MutantProof
{
    private const string Fresh = "--fresh", StateFile = "verdicts.json";

    /// <summary>Writes the page.</summary>
    /// <param name="names">Mutants for the page; none: all. Those whose mutated files and tests are the same as in an earlier run are not run again, unless --fresh is among the names.</param>
    /// <param name="output">Where the page goes.</param>
    /// <param name="progress">Where progress goes.</param>
    /// <returns>0 when every mutant was caught by a named test.</returns>
    public static int Run(string[] names, TextWriter output, TextWriter progress)
    {
        string[] wanted = [.. names.Where(name => name != Fresh)], unknown = [.. wanted.Except(Mutants.All.Select(mutant => mutant.Name))];
        if (unknown.Length > 0)
        {
            progress.WriteLine($"No mutant is called {string.Join(", ", unknown)}; there are {string.Join(", ", Mutants.All.Select(mutant => mutant.Name))}.");
            return 2;
        }
        Mutant[] chosen = [.. Mutants.All.Where(mutant => wanted.Length == 0 || wanted.Contains(mutant.Name))];
        string folder = Path.Combine(Path.GetTempPath(), "microchat-mutants");
        var workshop = new Workshop(Repository(), folder);
        progress.WriteLine($"preparing {folder}");
        var kept = new Memory(Path.Combine(folder, StateFile), names.Contains(Fresh));
        Mutant[] toRun = [.. chosen.Where(mutant => kept.Of(mutant, workshop) is null)];
        if (toRun.Length > 0 && (workshop.Prepare() ?? Healthy(workshop, toRun)) is { } broken)
        {
            progress.WriteLine(broken);
            return 2;
        }
        var verdicts = new List<(Mutant Mutant, Verdict Verdict)>();
        foreach (Mutant mutant in chosen)
        {
            Verdict verdict = kept.Of(mutant, workshop) ?? kept.Keep(mutant, workshop, Try(mutant, workshop));
            verdicts.Add((mutant, verdict));
            progress.WriteLine($"{mutant.Name}: {verdict.Problem ?? (verdict.Caught.Length > 0 ? $"caught by {string.Join(", ", verdict.Caught)}" : "NOT CAUGHT")} {verdict.Gap}");
        }
        Write(output, wanted, verdicts);
        return verdicts.TrueForAll(row => row.Verdict.Problem is null && row.Verdict.Caught.Length > 0) ? 0 : 1;
    }

    /// <summary>All tests must pass on sources as they are, or a failure on a mutant would say nothing.</summary>
    private static string? Healthy(Workshop workshop, Mutant[] mutants)
    {
        string[] methods = [.. mutants.SelectMany(mutant => mutant.Tests).Distinct()];
        List<TestResult> results = workshop.Test(methods, out string? problem);
        string[] failed = [.. results.Where(test => !test.Passed).Select(test => test.Method)], missing = [.. methods.Except(results.Select(test => test.Method))];
        return problem ?? (failed.Length > 0 ? $"Without any mutant these tests fail: {string.Join(", ", failed)}."
            : missing.Length > 0 ? $"These tests do not exist or were skipped: {string.Join(", ", missing)}." : null);
    }

    private static Verdict Try(Mutant mutant, Workshop workshop)
    {
        var healthy = new Dictionary<string, string>();
        try
        {
            string? problem = Mutate(mutant, workshop, healthy, out Dictionary<string, string> mutated) ?? workshop.Install(mutated);
            if (problem is not null)
            {
                return new Verdict(problem, [], [], "");
            }
            List<TestResult> results = workshop.Test(mutant.Tests, out problem);
            string[] caught = [.. results.Where(test => !test.Passed).Select(test => test.Method).Distinct()];
            return new Verdict(problem, caught, [.. mutant.Tests.Except(caught)], Gap(results));
        }
        finally
        {
            workshop.Restore(healthy);
        }
    }

    private static string? Mutate(Mutant mutant, Workshop workshop, Dictionary<string, string> healthy, out Dictionary<string, string> mutated)
    {
        mutated = [];
        foreach (Edit edit in mutant.Edits)
        {
            string text = mutated.TryGetValue(edit.File, out string? before) ? before : healthy[edit.File] = workshop.Read(edit.File);
            int at = text.IndexOf(edit.Original, StringComparison.Ordinal);
            if (at < 0 || text.IndexOf(edit.Original, at + 1, StringComparison.Ordinal) >= 0)
            {
                mutated = [];
                return $"\"{edit.Original}\" stands {(at < 0 ? "nowhere" : "more than once")} in {edit.File}";
            }
            mutated[edit.File] = text[..at] + edit.Replacement + text[(at + edit.Original.Length)..];
        }
        return null;
    }

    /// <summary>What the optimum's test wrote at β = .2.</summary>
    private static string Gap(List<TestResult> results)
    {
        string[] words = [.. results.Where(test => test.Method == Mutants.Optimum).Select(test => test.Words)];
        Match found = words.Select(text => GapAtTwoTenths().Match(text)).FirstOrDefault(match => match.Success) ?? Match.Empty;
        return found.Success ? found.Groups[1].Value : words.Any(text => text.Contains("A guard stopped the run", StringComparison.Ordinal)) ? "stopped by a guard" : words.Length > 0 ? "no result" : "";
    }

    private static void Write(TextWriter output, string[] wanted, List<(Mutant Mutant, Verdict Verdict)> verdicts)
    {
        var page = new Markdown(output);
        page.Begin("Mistakes that the tests catch", string.Join(' ', ["mutants", .. wanted]), "mutants.md",
            "Each row plants one mistake into the sources, compiles them, and runs the named tests, which all pass without it. A mistake whose place is not found, or that does not compile, makes this program fail.",
            "Gap closed: share of J* − J_ref that PPO closes with the mistake at β = .2, seed 1, 60 steps (see ppo-optimum.md); empty where PPO's optimum was not among the tests. It shows what learning curves can and cannot prove.");
        page.Head("mutant", "mistake", "gap closed", "caught by", "not noticed by");
        foreach ((Mutant mutant, Verdict verdict) in verdicts)
        {
            page.Row(mutant.Name, mutant.Mistake, verdict.Gap, verdict.Problem ?? (verdict.Caught.Length == 0 ? "**nothing**" : Names(verdict.Caught)), Names(verdict.Missed));
        }
        int caught = verdicts.Count(row => row.Verdict.Caught.Length > 0);
        page.Text($"{caught} of {verdicts.Count} caught.");
    }

    private static string Names(string[] tests) => string.Join(", ", tests.Select(test => $"`{test}`"));

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MicroChat.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No MicroChat.sln above {AppContext.BaseDirectory}; run the proofs from a checkout.");
    }

    [GeneratedRegex(@"β 0\.2: gap closed (\S+),")]
    private static partial Regex GapAtTwoTenths();

    /// <summary>Verdicts of earlier runs, which hold as long as mutant, mutated files and tests stay what they are.</summary>
    private sealed class Memory(string path, bool forget)
    {
        private readonly Dictionary<string, Verdict> _verdicts = File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, Verdict>>(File.ReadAllText(path))! : [];

        public Verdict? Of(Mutant mutant, Workshop workshop) => !forget && _verdicts.TryGetValue(Key(mutant, workshop), out Verdict? verdict) && verdict.Problem is null ? verdict : null;

        public Verdict Keep(Mutant mutant, Workshop workshop, Verdict verdict)
        {
            _verdicts[Key(mutant, workshop)] = verdict;
            File.WriteAllText(path, JsonSerializer.Serialize(_verdicts));
            return verdict;
        }

        private static string Key(Mutant mutant, Workshop workshop)
        {
            var text = new StringBuilder(JsonSerializer.Serialize(mutant));
            foreach (string file in mutant.Edits.Select(edit => edit.File).Concat(mutant.Tests.Select(FileOf)).Distinct())
            {
                text.Append(workshop.Read(file));
            }
            return $"{mutant.Name} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))}";
        }

        /// <summary>The file of a test: folders mirror namespaces, and a class is in the file of its name.</summary>
        private static string FileOf(string test) => $"tests/MicroChat.Tests/{string.Join('/', test.Split('.')[..^1])}.cs";
    }
}
