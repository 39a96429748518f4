using System.Text.Json;
using System.Text.Json.Serialization;
using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>What every stage does around its own work: a folder that may refuse to be written, the memory plan, the options for the report.</summary>
internal static class StageRun
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Runs a stage in its folder.</summary>
    /// <exception cref="TrainingException">The folder could not be written.</exception>
    public static StageResult InFolder(string outFolder, Func<StageResult> run)
    {
        try
        {
            Directory.CreateDirectory(outFolder);
            return run();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException(
                $"{outFolder}: the run could not be written ({e.Message}). Free space there or name another folder with --out; the last checkpoint is whole, and the same command goes on from it.", e);
        }
    }

    /// <summary>Prints the memory plan.</summary>
    /// <exception cref="TrainingException">The machine has too little memory.</exception>
    public static void Announce(MemoryPlan memory, TextWriter output)
    {
        long available = MemoryPlan.AvailableBytes();
        output.WriteLine(memory.Describe(available));
        try
        {
            memory.Require(available);
        }
        catch (InvalidOperationException e)
        {
            throw new TrainingException(e.Message, e);
        }
    }

    /// <summary>Every effective option with its value: records within records by names with points, lists by their items.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Options(object options) => [.. Flat("", JsonSerializer.SerializeToElement(options, options.GetType(), Json))];

    private static IEnumerable<KeyValuePair<string, string>> Flat(string name, JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? value.EnumerateObject().SelectMany(member => Flat(name.Length == 0 ? member.Name : $"{name}.{member.Name}", member.Value))
        : [new(name, Words(value))];

    private static string Words(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0 ? "none" : string.Join(", ", value.EnumerateArray().Select(Words)),
        JsonValueKind.Null => "none",
        _ => value.ToString(),
    };
}
