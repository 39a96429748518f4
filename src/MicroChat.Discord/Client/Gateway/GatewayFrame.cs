using System.Text.Json;
using MicroChat.Discord.Client.Json;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>One frame of the gateway.</summary>
/// <param name="Op">Its opcode.</param>
/// <param name="Sequence">Number of a dispatch; null: none.</param>
/// <param name="Type">Name of a dispatch; null: none.</param>
/// <param name="Data">Its data; undefined where there is none.</param>
internal readonly record struct GatewayFrame(int Op, long? Sequence, string? Type, JsonElement Data)
{
    /// <summary>Reads a frame; null: it is no object with an opcode.</summary>
    public static GatewayFrame? Read(JsonElement json) => json.Int("op") is { } op
        ? new GatewayFrame(op, json.Whole("s"), json.Text("t"), json.Get("d") ?? default)
        : null;
}
