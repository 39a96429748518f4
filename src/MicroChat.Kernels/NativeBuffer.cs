using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MicroChat.Kernels;

/// <summary>One block of zeroed native memory, aligned to a cache line, outside the collector's heap: weights, gradients, caches.</summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLineBytes = 64;
    private T* _start;

    /// <summary>Allocates <paramref name="length"/> zeroed elements.</summary>
    /// <exception cref="ArgumentException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system refused the memory.</exception>
    public NativeBuffer(long length)
    {
        Shape.Require(length >= 0, length, $"0 or more");
        Length = length;
        nuint bytes = Math.Max((nuint)length * (nuint)sizeof(T), 1);
        _start = (T*)NativeMemory.AlignedAlloc(bytes, HugePages.Alignment(bytes, otherwise: CacheLineBytes));
        HugePages.Advise(_start, bytes);
        NativeMemory.Clear(_start, bytes);
        GC.AddMemoryPressure((long)bytes);
        NativeMemoryUse.Add((long)bytes);
    }

    /// <summary>Frees the memory of a buffer that nobody disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>All elements. A span ends at 2³¹−1 items: use <see cref="Slice"/> for more.</summary>
    public Span<T> Span => Slice(0, checked((int)Length));

    /// <summary>Elements [start, start + length).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Slice(long start, int length)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        Shape.Require(start >= 0 && length >= 0 && start <= Length - length, start + length, $"within the buffer's {Length} elements");
        return new Span<T>(_start + start, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_start is null)
        {
            return;
        }
        NativeMemory.AlignedFree(_start);
        _start = null;
        long bytes = Math.Max(Length * sizeof(T), 1);
        GC.RemoveMemoryPressure(bytes);
        NativeMemoryUse.Add(-bytes);
    }
}
