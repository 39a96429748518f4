namespace MicroChat.Kernels;

/// <summary>Rows of a table by token id, and the gradient's way back.</summary>
public static unsafe class Embedding
{
    /// <summary>y[t] = table[ids[t]].</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="table">(V,C)</param>
    /// <param name="ids">(T): from 0 to V − 1.</param>
    /// <param name="C">Channels.</param>
    /// <param name="y">(T,C)</param>
    /// <exception cref="ArgumentException">A shape or an id does not fit; nothing was written.</exception>
    public static void Gather(Crew crew, ReadOnlySpan<float> table, ReadOnlySpan<int> ids, int C, Span<float> y)
    {
        Require(table.Length, ids, C, y.Length);
        fixed (float* pt = table, py = y)
        fixed (int* pi = ids)
        {
            CrewWork.Run(crew, new GatherWork { Table = pt, Y = py, Ids = pi, T = ids.Length, C = C }, y.Length);
        }
    }

    /// <summary>dTable[ids[t]] += dy[t], in the order of t: the number of threads does not change the result.</summary>
    /// <param name="crew">The threads; each owns some channels of all tokens.</param>
    /// <param name="dy">(T,C)</param>
    /// <param name="ids">(T): from 0 to V − 1; may repeat.</param>
    /// <param name="C">Channels.</param>
    /// <param name="dTable">(V,C), added to.</param>
    /// <exception cref="ArgumentException">A shape or an id does not fit; nothing was written.</exception>
    public static void ScatterAdd(Crew crew, ReadOnlySpan<float> dy, ReadOnlySpan<int> ids, int C, Span<float> dTable)
    {
        Require(dTable.Length, ids, C, dy.Length);
        fixed (float* pdy = dy, pt = dTable)
        fixed (int* pi = ids)
        {
            CrewWork.Run(crew, new ScatterWork { Dy = pdy, Table = pt, Ids = pi, T = ids.Length, C = C }, dy.Length);
        }
    }

    private static void Require(int table, ReadOnlySpan<int> ids, int C, int rows)
    {
        Shape.Require(C > 0, C, $"at least 1");
        Shape.Require(table % C == 0, table, $"a multiple of C = {C}");
        Shape.Require(rows == (long)ids.Length * C, rows, $"{ids.Length} ids · C = {C}");
        foreach (int id in ids)
        {
            Shape.Require(id >= 0 && id < table / C, id, $"from 0 to the table's last row {(table / C) - 1}");
        }
    }

    private struct GatherWork : ICrewWork
    {
        public float* Table, Y;
        public int* Ids;
        public int T, C;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(T, member, members);
            for (int t = from; t < to; t++)
            {
                new ReadOnlySpan<float>(Table + ((nint)Ids[t] * C), C).CopyTo(new Span<float>(Y + ((nint)t * C), C));
            }
        }
    }

    private struct ScatterWork : ICrewWork
    {
        public float* Dy, Table;
        public int* Ids;
        public int T, C;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(C, member, members, 16);
            for (int t = 0; t < T && from < to; t++)
            {
                Rows.AddScaled<V>(Dy + ((nint)t * C) + from, 1f, Table + ((nint)Ids[t] * C) + from, to - from);
            }
        }
    }
}
