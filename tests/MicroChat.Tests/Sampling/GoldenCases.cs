using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Sampling;

/// <summary>The reference's logits, settings and expected distributions of one folder "sampling".</summary>
internal sealed class GoldenCases
{
    private readonly Dictionary<string, (JsonElement Entry, long Base)> _index = [];
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly string _folder;

    public GoldenCases(string folder)
    {
        _folder = folder;
        foreach (string name in new[] { "rows.safetensors", "expected.safetensors" })
        {
            byte[] file = File.ReadAllBytes(Path.Combine(folder, name));
            int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
            foreach (JsonProperty entry in JsonDocument.Parse(file.AsMemory(8, header)).RootElement.EnumerateObject())
            {
                if (entry.Name != "__metadata__")
                {
                    _index[entry.Name] = (entry.Value, 8 + header);
                    _files[entry.Name] = file;
                }
            }
        }
    }

    /// <summary>Folders that hold sampling cases.</summary>
    public static IEnumerable<string> Folders() => Golden.Files("sampling/cases.jsonl").Select(path => Path.GetDirectoryName(path)!);

    public IEnumerable<JsonElement> Cases() =>
        File.ReadLines(Path.Combine(_folder, "cases.jsonl")).Select(line => JsonDocument.Parse(line).RootElement);

    public IEnumerable<JsonElement> Draws() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "draws.json"))).RootElement.GetProperty("cases").EnumerateArray();

    public T[] Tensor<T>(string name)
        where T : unmanaged
    {
        (JsonElement entry, long start) = _index[name];
        int[] offsets = Ints(entry.GetProperty("data_offsets"));
        return MemoryMarshal.Cast<byte, T>(_files[name].AsSpan((int)start + offsets[0], offsets[1] - offsets[0])).ToArray();
    }

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];

    /// <summary>Settings of a case; what is absent is off. Null: a setting that is not built.</summary>
    public static SamplingOptions? Options(JsonElement settings)
    {
        var o = new SamplingOptions { Temperature = 1, TopP = 1 };
        foreach (JsonProperty s in settings.EnumerateObject())
        {
            SamplingOptions? next = s.Name switch
            {
                "temperature" => o with { Temperature = s.Value.GetDouble() },
                "top_k" => o with { TopK = s.Value.GetInt32() },
                "top_p" => o with { TopP = s.Value.GetDouble() },
                "min_p" => o with { MinP = s.Value.GetDouble() },
                "typical_p" => o with { TypicalP = s.Value.GetDouble() },
                "epsilon_cutoff" => o with { EpsilonCutoff = s.Value.GetDouble() },
                "eta_cutoff" => o with { EtaCutoff = s.Value.GetDouble() },
                "repetition_penalty" => o with { RepetitionPenalty = s.Value.GetDouble() },
                "frequency_penalty" => o with { FrequencyPenalty = s.Value.GetDouble() },
                "presence_penalty" => o with { PresencePenalty = s.Value.GetDouble() },
                "no_repeat_ngram" => o with { NoRepeatNgram = s.Value.GetInt32() },
                "suppress" => o with { SuppressedTokens = Ints(s.Value) },
                "logit_bias" => o with { LogitBias = s.Value.EnumerateObject().ToDictionary(b => int.Parse(b.Name), b => b.Value.GetDouble()) },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }
            o = next;
        }
        return o;
    }
}
