using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MicroChat.Tests.Objectives;

/// <summary>The arrays of a safetensors file.</summary>
internal sealed class GoldenTensors(string path)
{
    private readonly byte[] _file = File.ReadAllBytes(path);

    public T[] Read<T>(string name)
        where T : unmanaged
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(_file);
        using JsonDocument json = JsonDocument.Parse(_file.AsMemory(8, header));
        JsonElement offsets = json.RootElement.GetProperty(name).GetProperty("data_offsets");
        int from = offsets[0].GetInt32(), to = offsets[1].GetInt32();
        return MemoryMarshal.Cast<byte, T>(_file.AsSpan(8 + header + from, to - from)).ToArray();
    }
}
