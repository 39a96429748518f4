namespace MicroChat.Kernels;

/// <summary>Rotary positions: pairs of a head's dimensions are turned by an angle that grows with the position.</summary>
/// <remarks>Source: Su et al. 2021, arXiv:2104.09864; dimension i pairs with i + R/2, as in GPT-NeoX and Llama.</remarks>
public static unsafe class Rope
{
    /// <summary>cos[p,i] = scale · cos((first + p) · f[i]), sin likewise.</summary>
    /// <param name="inverseFrequencies">f (R/2): radians per position.</param>
    /// <param name="scale">Multiplies cos and sin: 1, or the attention factor of YaRN.</param>
    /// <param name="firstPosition">Position of row 0.</param>
    /// <param name="cos">(positions, R/2)</param>
    /// <param name="sin">(positions, R/2)</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void FillTable(ReadOnlySpan<double> inverseFrequencies, double scale, int firstPosition, Span<float> cos, Span<float> sin)
    {
        int half = inverseFrequencies.Length;
        Shape.Require(half > 0, half, $"at least 1");
        Shape.Require(cos.Length % half == 0, cos.Length, $"a multiple of R/2 = {half}");
        Shape.Require(sin.Length == cos.Length, sin.Length, $"cos's length {cos.Length}");
        for (int p = 0; p < cos.Length / half; p++)
        {
            for (int i = 0; i < half; i++)
            {
                (double s, double c) = Math.SinCos((firstPosition + (double)p) * inverseFrequencies[i]);
                cos[(p * half) + i] = (float)(c * scale);
                sin[(p * half) + i] = (float)(s * scale);
            }
        }
    }

    /// <summary>Turns the first <paramref name="rotary"/> dimensions of the heads at the start of every row, in place.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">T rows of <paramref name="rowStride"/> floats; a row begins with heads · headSize floats to turn.</param>
    /// <param name="heads">Heads to turn: for fused rows the query and the key heads.</param>
    /// <param name="headSize">D.</param>
    /// <param name="rowStride">Floats from row to row.</param>
    /// <param name="positions">(T): the table's row for each token.</param>
    /// <param name="cos">(positions, R/2)</param>
    /// <param name="sin">(positions, R/2)</param>
    /// <param name="rotary">R: even, at most D.</param>
    /// <param name="inverse">Turns back: this is also the gradient's rule (the transpose).</param>
    /// <exception cref="ArgumentException">A shape or a position does not fit; nothing was written.</exception>
    public static void Rotate(
        Crew crew, Span<float> x, int heads, int headSize, int rowStride, ReadOnlySpan<int> positions,
        ReadOnlySpan<float> cos, ReadOnlySpan<float> sin, int rotary, bool inverse)
    {
        int T = positions.Length, half = rotary / 2;
        Shape.Require(heads >= 0 && headSize > 0 && (long)heads * headSize <= rowStride, rowStride, $"at least heads · headSize = {heads} · {headSize}");
        Shape.Require(x.Length == (long)T * rowStride, x.Length, $"{T} positions · rowStride {rowStride}");
        Shape.Require(rotary >= 2 && rotary % 2 == 0 && rotary <= headSize, rotary, $"even, from 2 to headSize {headSize}");
        Shape.Require(cos.Length % half == 0, cos.Length, $"a multiple of R/2 = {half}");
        Shape.Require(sin.Length == cos.Length, sin.Length, $"cos's length {cos.Length}");
        foreach (int position in positions)
        {
            Shape.Require(position >= 0 && position < cos.Length / half, position, $"from 0 to the table's last row {(cos.Length / half) - 1}");
        }
        fixed (float* px = x, pc = cos, ps = sin)
        fixed (int* pp = positions)
        {
            var work = new RotateWork
            {
                X = px, Cos = pc, Sin = ps, Positions = pp, T = T, Heads = heads, D = headSize, Stride = rowStride, Half = half, Inverse = inverse,
            };
            CrewWork.Run(crew, work, (long)T * heads * rotary);
        }
    }

    private struct RotateWork : ICrewWork
    {
        public float* X, Cos, Sin;
        public int* Positions;
        public int T, Heads, D, Stride, Half;
        public bool Inverse;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(T, member, members);
            V sign = V.All(Inverse ? -1f : 1f);
            for (int t = from; t < to; t++)
            {
                float* cos = Cos + ((nint)Positions[t] * Half), sin = Sin + ((nint)Positions[t] * Half);
                for (int h = 0; h < Heads; h++)
                {
                    float* low = X + ((nint)t * Stride) + (h * D), high = low + Half;
                    for (int i = 0; i < Half; i += V.Count)
                    {
                        V a = Rows.Load<V>(low, i, Half), b = Rows.Load<V>(high, i, Half);
                        V c = Rows.Load<V>(cos, i, Half), s = Rows.Load<V>(sin, i, Half) * sign;
                        Rows.Store((a * c) - (b * s), low, i, Half);
                        Rows.Store(V.MultiplyAdd(b, c, a * s), high, i, Half);
                    }
                }
            }
        }
    }
}
