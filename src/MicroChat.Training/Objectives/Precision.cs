namespace MicroChat.Training.Objectives;

/// <summary>Between the decoder's float32 and the double that objectives are computed in.</summary>
public static class Precision
{
    /// <summary>A copy in double.</summary>
    public static double[] Widen(ReadOnlySpan<float> values)
    {
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }
        return wide;
    }

    /// <summary>A copy in float32, rounded to nearest.</summary>
    public static float[] Narrow(ReadOnlySpan<double> values)
    {
        float[] narrow = new float[values.Length];
        for (int i = 0; i < narrow.Length; i++)
        {
            narrow[i] = (float)values[i];
        }
        return narrow;
    }
}
