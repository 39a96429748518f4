using System.Text.Json;

namespace MicroChat.Tests.Tokenizers;

/// <summary>Finds the golden tokenizers and reads their cases.</summary>
internal static class TokenizerGolden
{
    /// <summary>Every folder with a tokenizer.json below the kind "tokenizers"; what is not built yet is skipped with the reason.</summary>
    public static IEnumerable<TheoryDataRow<string>> Folders()
    {
        foreach (string folder in Golden.Folders("tokenizers").SelectMany(Tokenizers).Select(f => Path.GetDirectoryName(f)!))
        {
            bool unigram = File.ReadAllText(Path.Combine(folder, "tokenizer.json")).Contains("\"Unigram\"", StringComparison.Ordinal);
            yield return new TheoryDataRow<string>(Golden.Name(folder)) { Skip = unigram ? "Unigram models are not built yet." : null };
        }
    }

    /// <summary>Why a test without cases is skipped: the repository holds only a part of them.</summary>
    public const string NoCases = "There are no such cases here; MICROCHAT_GOLDEN names the folder that has them all.";

    /// <summary>The folder that a test's name stands for.</summary>
    public static string Folder(string name) =>
        name.StartsWith("all:", StringComparison.Ordinal) ? Path.Combine(Golden.Roots[^1], name[4..]) : Path.Combine(Golden.Roots[0], name);

    /// <summary>The lines of a .jsonl file.</summary>
    public static IEnumerable<JsonElement> Lines(string path) =>
        File.ReadLines(path).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement);

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(i => i.GetInt32())];

    public static string?[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(i => i.GetString())];

    /// <summary>Fails with the first few differences and how many there are.</summary>
    public static void AssertNone(IReadOnlyList<string> differences) =>
        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences.Take(6))}");

    private static string[] Tokenizers(string folder) =>
        [.. Directory.GetFiles(folder, "tokenizer.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
