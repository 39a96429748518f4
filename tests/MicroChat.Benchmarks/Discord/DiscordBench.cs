using System.Runtime.InteropServices;

namespace MicroChat.Benchmarks.Discord;

/// <summary>The numbers that the Discord bot promises, each measured with the real program against the simulated Discord.</summary>
internal static class DiscordBench
{
    public const string Names = "heartbeats MODEL-FOLDER [minutes], conversations MODEL-FOLDER, disruptions MODEL-FOLDER [rounds], reactions MODEL-FOLDER [count], overhead MODEL-FOLDER [seconds]";

    /// <returns>0: what was promised held.</returns>
    public static async Task<int> RunAsync(string name, string model, int? size)
    {
        Console.WriteLine($"{MachineBench.Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}");
        bool holds = await (name switch
        {
            "heartbeats" => HeartbeatBench.RunAsync(model, TimeSpan.FromMinutes(size ?? 10)),
            "conversations" => ConversationBench.RunAsync(model),
            "disruptions" => DisruptionBench.RunAsync(model, size ?? 50),
            "reactions" => ReactionBench.RunAsync(model, size ?? 10_000),
            "overhead" => OverheadBench.RunAsync(model, TimeSpan.FromSeconds(size ?? 60)),
            _ => throw new ArgumentException($"\"{name}\" is none of: {Names}.", nameof(name)),
        });
        Console.WriteLine(holds ? "holds" : "DOES NOT HOLD");
        return holds ? 0 : 1;
    }
}
