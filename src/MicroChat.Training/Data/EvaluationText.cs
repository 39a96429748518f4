namespace MicroChat.Training.Data;

/// <summary>Measures of a model on held-out text that do not depend on its vocabulary.</summary>
public static class EvaluationText
{
    /// <summary>Bits per byte: <c>Σ −log p / (ln 2 · bytes)</c>.</summary>
    /// <param name="negativeLogLikelihood">Sum over the target tokens. Unit: nats.</param>
    /// <param name="textBytes">UTF-8 bytes of the text that they stand for.</param>
    /// <returns>NaN when there is no text.</returns>
    public static double BitsPerByte(double negativeLogLikelihood, long textBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(textBytes);
        return textBytes == 0 ? double.NaN : negativeLogLikelihood / Math.Log(2) / textBytes;
    }

    /// <summary>Perplexity per token: <c>exp(Σ −log p / tokens)</c>; comparable only between models of the same vocabulary.</summary>
    /// <param name="negativeLogLikelihood">Sum over the target tokens. Unit: nats.</param>
    /// <param name="targetTokens">How many.</param>
    /// <returns>NaN when there are none.</returns>
    public static double Perplexity(double negativeLogLikelihood, long targetTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targetTokens);
        return targetTokens == 0 ? double.NaN : Math.Exp(negativeLogLikelihood / targetTokens);
    }
}
