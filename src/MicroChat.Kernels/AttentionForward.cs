using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>The members' share of <see cref="Attention.Forward"/>: pieces of (row, chunk of queries, key head), taken from a counter.</summary>
internal unsafe struct AttentionForward : ICrewWork
{
    public float* Qkv, Y, LogSumExp;
    public int* RowStarts;
    public int B, T;
    public AttentionShape Shape;
    private int _taken;

    public void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        int piece = Interlocked.Increment(ref _taken) - 1, first = 0;
        for (int b = 0; b < B; b++)
        {
            int tokens = RowStarts[b + 1] - RowStarts[b];
            int chunks = (tokens + AttentionTiles.Chunk - 1) / AttentionTiles.Chunk, pieces = chunks * Shape.KeyValueHeads;
            for (; piece < first + pieces; piece = Interlocked.Increment(ref _taken) - 1)
            {
                int chunk = chunks - 1 - ((piece - first) / Shape.KeyValueHeads); // the longest first
                Piece<V>(RowStarts[b], tokens, chunk * AttentionTiles.Chunk, (piece - first) % Shape.KeyValueHeads);
            }
            first += pieces;
        }
    }

    private readonly void Piece<V>(int row, int tokens, int from, int keyHead)
        where V : unmanaged, ILanes<V>
    {
        int D = Shape.HeadSize, padded = AttentionTiles.PaddedHead<V>(D), to = Math.Min(tokens, from + AttentionTiles.Chunk);
        int packedKeys = AttentionTiles.PaddedKeys(to) * D;
        float* keys = Scratch.Rent(checked(packedKeys + (to * padded) + AttentionTiles.ForwardScratch(padded)));
        float* values = keys + packedKeys, scratch = values + ((nint)to * padded);
        nint stride = Shape.Stride, yStride = Shape.Heads * D;
        float* x = Qkv + (row * stride);
        AttentionTiles.PackTransposed(x + ((Shape.Heads + keyHead) * D), stride, to, D, keys);
        AttentionTiles.Pack<V>(x + ((Shape.Heads + Shape.KeyValueHeads + keyHead) * D), stride, to, to, D, 1f, values);
        for (int h = keyHead * Shape.Group; h < (keyHead + 1) * Shape.Group; h++)
        {
            for (int t = from; t < to; t += AttentionTiles.Queries)
            {
                AttentionTiles.Forward<V>(
                    x + (t * stride) + (h * D), stride, Math.Min(AttentionTiles.Queries, to - t), t + 1, keys, values, Shape,
                    Y + ((row + t) * yStride) + (h * D), yStride, LogSumExp + ((nint)h * T) + row + t, scratch);
            }
        }
    }
}
