using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MicroChat.Kernels;
using Microsoft.Win32.SafeHandles;

namespace MicroChat.Model.Checkpoints;

/// <summary>
/// A safetensors file opened for reading. The header is checked completely by <see cref="Open"/>; tensors are then read in
/// chunks straight into the caller's memory, so that the file itself never becomes resident. Reading is thread-safe.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 18;
    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        _handle = handle;
        _header = header;
    }

    /// <summary>The path given to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>The header's __metadata__; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CheckpointException">The file cannot be opened, or breaks a rule of the format; the message says which.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            SafetensorsHeader header = ReadHeader(path, handle, RandomAccess.GetLength(handle));
            var file = new SafetensorsFile(path, handle, header);
            handle = null;
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message} Check the path and the permissions.", e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Reads a whole tensor of a float type (F64, F32, F16, BF16, F8_E4M3, F8_E5M2) as float32; F64 is rounded to nearest.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Output, one float for each element, row-major.</param>
    /// <exception cref="CheckpointException">No such tensor, another type, or the file was cut meanwhile (part of the output may be written).</exception>
    /// <exception cref="ArgumentException">The destination's length is not the tensor's. Nothing was written.</exception>
    public void ReadFloat32(string name, Span<float> destination)
    {
        RequireWhole(Find(name), destination.Length);
        ReadFloat32(name, 0, destination);
    }

    /// <summary>Reads elements [start, start + destination.Length) of a tensor of a float type as float32.</summary>
    /// <inheritdoc cref="ReadFloat32(string, Span{float})"/>
    public void ReadFloat32(string name, long start, Span<float> destination)
    {
        TensorInfo tensor = Find(name);
        RequireRange(tensor, start, destination.Length);
        switch (tensor.Type)
        {
            case TensorType.F32: ReadStored(tensor, start, destination); break;
            case TensorType.F64: ReadConverted<double, float>(tensor, start, destination, static (from, to) => ToSingle(from, to)); break;
            case TensorType.F16: ReadConverted<ushort, float>(tensor, start, destination, FloatFormats.FromFloat16); break;
            case TensorType.BF16: ReadConverted<ushort, float>(tensor, start, destination, FloatFormats.FromBFloat16); break;
            case TensorType.F8E4M3: ReadConverted<byte, float>(tensor, start, destination, FloatFormats.FromE4M3); break;
            case TensorType.F8E5M2: ReadConverted<byte, float>(tensor, start, destination, FloatFormats.FromE5M2); break;
            default: throw WrongType(tensor, "F64, F32, F16, BF16, F8_E4M3 or F8_E5M2");
        }
    }

    /// <summary>Reads a whole F64 tensor.</summary>
    /// <inheritdoc cref="ReadFloat32(string, Span{float})"/>
    public void ReadFloat64(string name, Span<double> destination) => ReadSame(name, TensorType.F64, destination);

    /// <summary>Reads a whole I64 tensor.</summary>
    /// <inheritdoc cref="ReadFloat32(string, Span{float})"/>
    public void ReadInt64(string name, Span<long> destination) => ReadSame(name, TensorType.I64, destination);

    /// <summary>Reads a whole I32 tensor.</summary>
    /// <inheritdoc cref="ReadFloat32(string, Span{float})"/>
    public void ReadInt32(string name, Span<int> destination) => ReadSame(name, TensorType.I32, destination);

    /// <summary>Reads a whole tensor's bytes as they lie in the file (little-endian), whatever its type.</summary>
    /// <inheritdoc cref="ReadFloat32(string, Span{float})"/>
    public void ReadBytes(string name, Span<byte> destination)
    {
        TensorInfo tensor = Find(name);
        Shape.Require(destination.Length == tensor.ByteCount, destination.Length, $"the tensor's {tensor.ByteCount} bytes");
        ReadExactly(tensor.Offset, destination);
    }

    private static SafetensorsHeader ReadHeader(string path, SafeFileHandle handle, long fileBytes)
    {
        if (fileBytes < 8)
        {
            throw SafetensorsHeader.Broken(path, $"it has {fileBytes} bytes; the length field alone takes 8");
        }
        Span<byte> field = stackalloc byte[8];
        ReadExactly(path, handle, 0, field);
        if (ForeignKind(field) is { } kind)
        {
            throw new CheckpointException($"{path} is {kind}, no safetensors file. Fetch the file itself.");
        }
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(field);
        if (length > SafetensorsHeader.LargestBytes)
        {
            throw SafetensorsHeader.Broken(path, $"it announces a header of {length} bytes; at most {SafetensorsHeader.LargestBytes} are allowed");
        }
        if ((long)length > fileBytes - 8)
        {
            throw SafetensorsHeader.Broken(path, $"it announces a header of {length} bytes, but only {fileBytes - 8} follow");
        }
        byte[] json = new byte[(int)length];
        ReadExactly(path, handle, 8, json);
        return SafetensorsHeader.Parse(path, json, fileBytes);
    }

    private static string? ForeignKind(ReadOnlySpan<byte> start) =>
        start.SequenceEqual("version "u8) ? "a Git LFS pointer (the small text that stands for the real file; run git lfs pull)"
        : start[0] == '<' && start[1..].ContainsAnyInRange((byte)'A', (byte)'z') && !start.Contains((byte)0) ? "a web page"
        : start.StartsWith("PK\x3\x4"u8) ? "a zip archive (perhaps PyTorch's .bin or .pt)"
        : start.StartsWith("GGUF"u8) ? "a GGUF file"
        : null;

    private TensorInfo Find(string name) => Tensors.TryGetValue(name, out TensorInfo? tensor)
        ? tensor
        : throw new CheckpointException($"{Path} has no tensor {Untrusted.Quote(name)}; it has {Tensors.Count} others. Use the file that belongs to this model.");

    private void ReadSame<T>(string name, TensorType wanted, Span<T> destination)
        where T : unmanaged
    {
        TensorInfo tensor = Find(name);
        if (tensor.Type != wanted)
        {
            throw WrongType(tensor, wanted.FormatName());
        }
        RequireWhole(tensor, destination.Length);
        ReadStored(tensor, 0, destination);
    }

    private static void RequireWhole(TensorInfo tensor, int length) =>
        Shape.Require(length == tensor.ElementCount, length, $"{tensor.ElementCount}, the elements of {tensor.Name}", "destination.Length");

    private static void RequireRange(TensorInfo tensor, long start, int length) =>
        Shape.Require(start >= 0 && start <= tensor.ElementCount - length, start, $"in [0, {tensor.ElementCount - length}] to read {length} of the {tensor.ElementCount} elements of {tensor.Name}");

    private void ReadStored<T>(TensorInfo tensor, long start, Span<T> destination)
        where T : unmanaged
    {
        int size = tensor.Type.Bits() / 8, chunk = ChunkBytes / size;
        for (int at = 0; at < destination.Length; at += chunk)
        {
            Span<T> part = destination.Slice(at, Math.Min(chunk, destination.Length - at));
            ReadExactly(tensor.Offset + ((start + at) * size), MemoryMarshal.AsBytes(part));
        }
    }

    private void ReadConverted<TStored, TWanted>(TensorInfo tensor, long start, Span<TWanted> destination, Convert<TStored, TWanted> convert)
        where TStored : unmanaged
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            int size = tensor.Type.Bits() / 8, chunk = ChunkBytes / size;
            for (int at = 0; at < destination.Length; at += chunk)
            {
                Span<TWanted> part = destination.Slice(at, Math.Min(chunk, destination.Length - at));
                Span<byte> stored = rented.AsSpan(0, part.Length * size);
                ReadExactly(tensor.Offset + ((start + at) * size), stored);
                convert(MemoryMarshal.Cast<byte, TStored>(stored), part);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void ToSingle(ReadOnlySpan<double> from, Span<float> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = (float)from[i];
        }
    }

    private void ReadExactly(long offset, Span<byte> destination)
    {
        try
        {
            ReadExactly(Path, _handle, offset, destination);
        }
        catch (IOException e)
        {
            throw new CheckpointException($"{Path} cannot be read at byte {offset}: {e.Message} Check the disk and try again.", e);
        }
    }

    private static void ReadExactly(string path, SafeFileHandle handle, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
            {
                throw SafetensorsHeader.Broken(path, $"it ends at byte {offset} although it was longer when it was opened");
            }
            destination = destination[read..];
            offset += read;
        }
    }

    private CheckpointException WrongType(TensorInfo tensor, string wanted) => new(
        $"{Path}: tensor {Untrusted.Quote(tensor.Name)} has the type {tensor.Type.FormatName()}; wanted is {wanted}. Convert the checkpoint to such a type.");

    private delegate void Convert<TStored, TWanted>(ReadOnlySpan<TStored> from, Span<TWanted> to);
}
