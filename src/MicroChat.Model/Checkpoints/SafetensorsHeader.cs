using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace MicroChat.Model.Checkpoints;

/// <summary>
/// Reads and checks the header of a safetensors file: plain integers only, no duplicate names or fields, and data that
/// cover the rest of the file exactly. Nothing is allocated from a number that the file merely announces.
/// </summary>
/// <remarks>Source: the format's description at github.com/huggingface/safetensors. Stricter than its library where the text is: duplicates and a first byte other than <c>{</c> are refused.</remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The library's limit. Unit: bytes.</summary>
    public const long LargestBytes = 100_000_000;

    public const string MetadataName = "__metadata__";
    private const int DeepestJson = 16;
    private const int MostDimensions = 64;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _dataBytes;

    private SafetensorsHeader(string path, long dataStart, long dataBytes)
    {
        _path = path;
        _dataStart = dataStart;
        _dataBytes = dataBytes;
    }

    public Dictionary<string, TensorInfo> Tensors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Parses the header's JSON.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="json">The header without the length field.</param>
    /// <param name="fileBytes">Length of the whole file.</param>
    /// <exception cref="CheckpointException">The header breaks a rule of the format.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long fileBytes)
    {
        var header = new SafetensorsHeader(path, 8 + json.Length, fileBytes - 8 - json.Length);
        if (json.IsEmpty || json[0] != '{')
        {
            throw header.Broken("the header does not begin with {");
        }
        if (!Utf8.IsValid(json))
        {
            throw header.Broken("the header is not valid UTF-8");
        }
        try
        {
            header.ReadAll(json);
        }
        catch (JsonException e)
        {
            throw header.Broken($"the header is not valid JSON ({e.Message})", e);
        }
        catch (InvalidOperationException e)
        {
            throw header.Broken("a string in the header holds an unpaired surrogate", e);
        }
        header.CheckCoverage();
        return header;
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DeepestJson });
        reader.Read();
        bool sawMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name != MetadataName)
            {
                ReadTensor(name, ref reader);
                continue;
            }
            if (sawMetadata)
            {
                throw Broken($"{MetadataName} occurs twice");
            }
            sawMetadata = true;
            ReadMetadata(ref reader);
        }
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }
        Require(reader.TokenType == JsonTokenType.StartObject, reader.TokenType, MetadataName, "an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Require(reader.TokenType == JsonTokenType.String, reader.TokenType, $"{MetadataName}.{Untrusted.Quote(key)}", "a string");
            if (!Metadata.TryAdd(key, reader.GetString()!))
            {
                throw Broken($"{MetadataName} holds {Untrusted.Quote(key)} twice");
            }
        }
    }

    private void ReadTensor(string name, ref Utf8JsonReader reader)
    {
        string where = $"tensor {Untrusted.Quote(name)}";
        Require(reader.TokenType == JsonTokenType.StartObject, reader.TokenType, where, "an object with dtype, shape and data_offsets");
        TensorType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype":
                    RequireFirst(type is null, where, field);
                    type = ReadType(ref reader, where);
                    break;
                case "shape":
                    RequireFirst(shape is null, where, field);
                    shape = ReadIntegers(ref reader, $"{where}, shape", MostDimensions);
                    break;
                case "data_offsets":
                    RequireFirst(offsets is null, where, field);
                    offsets = ReadIntegers(ref reader, $"{where}, data_offsets", most: 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        string? lacking = type is null ? "dtype" : shape is null ? "shape" : offsets is null ? "data_offsets" : null;
        if (lacking is not null)
        {
            throw Broken($"{where} lacks {lacking}");
        }
        if (!Tensors.TryAdd(name, Place(name, where, type!.Value, shape!, offsets!)))
        {
            throw Broken($"{where} occurs twice");
        }
    }

    private TensorInfo Place(string name, string where, TensorType type, List<long> shape, List<long> offsets)
    {
        if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > _dataBytes)
        {
            throw Broken(
                $"{where} has data_offsets [{string.Join(", ", offsets)}]; wanted are a begin and an end with begin <= end <= {_dataBytes}, the bytes behind the header");
        }
        long found = offsets[1] - offsets[0];
        if (CountBytes(type, shape) is not { } wanted || wanted != found)
        {
            throw Broken($"{where} has {found} bytes, but {type.FormatName()} of shape {TensorInfo.ShapeTextOf(shape)} does not fit them");
        }
        return new TensorInfo(name, type, shape, _dataStart + offsets[0], found);
    }

    /// <summary>Bytes of a tensor; null where they do not fit into 63 bits or into whole bytes.</summary>
    private static long? CountBytes(TensorType type, List<long> shape)
    {
        if (shape.Contains(0))
        {
            return 0;                                           // the other sizes may be so large that their product wraps
        }
        UInt128 bits = (UInt128)type.Bits();
        foreach (long size in shape)
        {
            bits *= (UInt128)size;                              // < 2^66 · 2^63: cannot wrap
            if (bits > (UInt128)long.MaxValue * 8)
            {
                return null;
            }
        }
        return bits % 8 == 0 ? (long)(bits / 8) : null;
    }

    private TensorType ReadType(ref Utf8JsonReader reader, string where)
    {
        Require(reader.TokenType == JsonTokenType.String, reader.TokenType, $"{where}, dtype", "a string");
        string name = reader.GetString()!;
        return TensorTypes.TryParse(name, out TensorType type)
            ? type
            : throw Broken($"{where} has the type {Untrusted.Quote(name)}; the format knows {TensorTypes.AllNames}");
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string where, int most)
    {
        Require(reader.TokenType == JsonTokenType.StartArray, reader.TokenType, where, "an array of integers");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(reader.TokenType == JsonTokenType.Number, reader.TokenType, where, "an array of integers");
            ReadOnlySpan<byte> digits = reader.ValueSpan;
            bool plain = !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9');
            if (!plain || !Utf8Parser.TryParse(digits, out long number, out int used) || used != digits.Length)
            {
                throw Broken($"{where} holds {Untrusted.Quote(System.Text.Encoding.ASCII.GetString(digits[..Math.Min(digits.Length, 40)]))}; wanted is a whole number from 0 to 2^63-1 in plain digits");
            }
            if (numbers.Count == most)
            {
                throw Broken($"{where} holds more than {most} numbers");
            }
            numbers.Add(number);
        }
        return numbers;
    }

    private void CheckCoverage()
    {
        long end = 0;
        foreach (TensorInfo tensor in Tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.ByteCount))
        {
            long begin = tensor.Offset - _dataStart;
            if (begin != end)
            {
                throw Broken($"tensor {Untrusted.Quote(tensor.Name)} begins at data byte {begin}, but the tensors before it end at {end}: {(begin < end ? "they overlap" : "the bytes between belong to nobody")}");
            }
            end += tensor.ByteCount;
        }
        if (end != _dataBytes)
        {
            throw Broken($"the tensors end at data byte {end}, but {_dataBytes} bytes follow the header");
        }
    }

    private void Require(bool holds, JsonTokenType found, string where, string wish)
    {
        if (!holds)
        {
            throw Broken($"{where} is {found}; wanted is {wish}");
        }
    }

    private void RequireFirst(bool isFirst, string where, string field)
    {
        if (!isFirst)
        {
            throw Broken($"{where} has {field} twice");
        }
    }

    private CheckpointException Broken(string what, Exception? cause = null) => Broken(_path, what, cause);

    internal static CheckpointException Broken(string path, string what, Exception? cause = null)
    {
        string message = $"{path} is no valid safetensors file: {what}. It is damaged, cut short or of another kind; fetch or write it again.";
        return cause is null ? new CheckpointException(message) : new CheckpointException(message, cause);
    }
}
