namespace MicroChat.Kernels;

/// <summary>One product c(rows, columns) (+)= a·b for the whole crew.</summary>
/// <param name="a">Left factor, shape (rows, depth).</param>
/// <param name="b">Right factor, shape (columns, depth).</param>
/// <param name="c">Result, shape (rows, columns), row-major.</param>
/// <param name="stride">Floats from one row of the result to the next.</param>
/// <param name="rows">Rows of the result.</param>
/// <param name="columns">Columns of the result.</param>
/// <param name="depth">Products summed in each element.</param>
/// <param name="accumulate">Whether to add to what is in the result.</param>
internal readonly unsafe struct GemmJob(GemmFactor a, GemmFactor b, float* c, nint stride, nint rows, nint columns, nint depth, bool accumulate)
{
    public readonly GemmFactor A = a;
    public readonly GemmFactor B = b;
    public readonly float* C = c;
    public readonly nint Stride = stride;
    public readonly nint Rows = rows;
    public readonly nint Columns = columns;
    public readonly nint Depth = depth;
    public readonly bool Accumulate = accumulate;
}

/// <summary>
/// The loops around a tile: each member takes a contiguous part of the result and walks it in blocks of depth (so that an
/// element is summed in the same order whoever computes it), of columns and of rows, packing both factors on the way.
/// </summary>
internal static unsafe class GemmBlocks<TTile>
    where TTile : struct, IGemmTile
{
    /// <summary>Most steps of depth in a block.</summary>
    private const int BlockDepth = 384;

    /// <summary>Most rows in a block: with <see cref="BlockDepth"/> 288 KiB, which the second cache level holds.</summary>
    private const int BlockRows = 192;

    /// <summary>Most columns in a block: 1.5 MiB that pass through the caches once per block of rows.</summary>
    private const int BlockColumns = 1_024;

    /// <summary>A member's part of the <see cref="GemmJob"/> at <paramref name="state"/>.</summary>
    public static void Work(void* state, int member, int members)
    {
        ref readonly GemmJob job = ref *(GemmJob*)state;
        bool byRows = job.Rows >= job.Columns;
        nint tile = byRows ? TTile.Rows : TTile.Columns;
        nint length = byRows ? job.Rows : job.Columns;
        nint tiles = (length + tile - 1) / tile;
        nint from = Math.Min(tiles * member / members * tile, length);
        nint to = Math.Min(tiles * (member + 1) / members * tile, length);
        if (byRows)
        {
            Part(job, from, to, 0, job.Columns);
        }
        else
        {
            Part(job, 0, job.Rows, from, to);
        }
    }

    private static void Part(in GemmJob job, nint row0, nint row1, nint column0, nint column1)
    {
        if (row0 == row1 || column0 == column1)
        {
            return;
        }
        if (job.Depth == 0)
        {
            ClearUnlessAccumulating(job, row0, row1, column0, column1);
            return;
        }
        nint blocks = (job.Depth + BlockDepth - 1) / BlockDepth;
        nint blockDepth = (job.Depth + blocks - 1) / blocks;
        GemmScratch.Rent(RoundUp(Math.Min(BlockRows, row1 - row0), TTile.Rows) * blockDepth,
            RoundUp(Math.Min(BlockColumns, column1 - column0), TTile.Columns) * blockDepth, out float* packedA, out float* packedB);
        for (nint step = 0; step < job.Depth; step += blockDepth)
        {
            nint depth = Math.Min(blockDepth, job.Depth - step);
            bool accumulate = job.Accumulate || step > 0;
            for (nint column = column0; column < column1; column += BlockColumns)
            {
                nint columns = Math.Min(BlockColumns, column1 - column);
                GemmPacking.Pack(job.B, column, columns, step, depth, TTile.Columns, packedB);
                for (nint row = row0; row < row1; row += BlockRows)
                {
                    nint rows = Math.Min(BlockRows, row1 - row);
                    GemmPacking.Pack(job.A, row, rows, step, depth, TTile.Rows, packedA);
                    Block(packedA, packedB, job.C + (row * job.Stride) + column, job.Stride, rows, columns, depth, accumulate);
                }
            }
        }
    }

    private static void Block(float* a, float* b, float* c, nint stride, nint rows, nint columns, nint depth, bool accumulate)
    {
        float* edge = stackalloc float[TTile.Rows * TTile.Columns];
        for (nint j = 0; j < columns; j += TTile.Columns)
        {
            for (nint i = 0; i < rows; i += TTile.Rows)
            {
                float* target = c + (i * stride) + j;
                if (rows - i >= TTile.Rows && columns - j >= TTile.Columns)
                {
                    TTile.Multiply(depth, a + (i * depth), b + (j * depth), target, stride, accumulate);
                }
                else
                {
                    TTile.Multiply(depth, a + (i * depth), b + (j * depth), edge, TTile.Columns, accumulate: false);
                    CopyEdge(edge, target, stride, Math.Min(rows - i, TTile.Rows), Math.Min(columns - j, TTile.Columns), accumulate);
                }
            }
        }
    }

    private static void CopyEdge(float* edge, float* c, nint stride, nint rows, nint columns, bool accumulate)
    {
        for (nint i = 0; i < rows; i++, edge += TTile.Columns, c += stride)
        {
            for (nint j = 0; j < columns; j++)
            {
                c[j] = accumulate ? c[j] + edge[j] : edge[j];
            }
        }
    }

    private static void ClearUnlessAccumulating(in GemmJob job, nint row0, nint row1, nint column0, nint column1)
    {
        for (nint row = row0; row < row1 && !job.Accumulate; row++)
        {
            new Span<float>(job.C + (row * job.Stride) + column0, (int)(column1 - column0)).Clear();
        }
    }

    private static nint RoundUp(nint value, nint multiple) => (value + multiple - 1) / multiple * multiple;
}
