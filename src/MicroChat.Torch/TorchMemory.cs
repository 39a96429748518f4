using System.Globalization;
using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>What a set-up takes on the device before any activation, so that it can be refused with the numbers instead of failing on the way.</summary>
/// <param name="Needed">Unit: bytes.</param>
/// <param name="Words">What it consists of.</param>
internal sealed record TorchMemory(long Needed, string Words)
{
    /// <summary>Weights alone.</summary>
    public static TorchMemory Serving(ParameterBlock weights, TorchPlace place)
    {
        long bytes = weights.Tensors.Length * place.NumberBytes;
        return new TorchMemory(bytes, $"weights {Size(bytes)}");
    }

    /// <summary>Weights and, where they learn, master weights, gradients and moments.</summary>
    /// <param name="weights">The base.</param>
    /// <param name="place">Where.</param>
    /// <param name="frozen">Whether the base stays as it is.</param>
    /// <param name="isThere">Whether the weights are on the device already.</param>
    public static TorchMemory Training(ParameterBlock weights, TorchPlace place, bool frozen, bool isThere)
    {
        long count = weights.Tensors.Length, numbers = isThere ? 0 : count * place.NumberBytes;
        if (frozen)
        {
            return new TorchMemory(numbers, $"weights {Size(numbers)}");
        }
        long master = place.Number == ScalarType.Float32 ? 0 : count * sizeof(float);
        long gradients = count * (place.NumberBytes + sizeof(float)), moments = 2 * count * sizeof(float);
        return new TorchMemory(
            numbers + master + gradients + moments,
            $"weights {Size(numbers)}, master weights {Size(master)}, gradients {Size(gradients)}, moments {Size(moments)}");
    }

    /// <summary>Throws unless the device has so much left.</summary>
    /// <exception cref="InvalidOperationException">It has not; the message holds the numbers and what would take less.</exception>
    public void Require(TorchPlace place)
    {
        long available = place.AvailableBytes();
        if (Needed > available)
        {
            throw new InvalidOperationException(
                $"{place.Description} has {Size(available)} free, and this needs {Size(Needed)} before any activation: {Words}. "
                + "Train an adapter instead of all weights, use bf16, take a smaller model, another card, or Model:Device cpu.");
        }
    }

    /// <summary>Whether an error of the library says that memory ran out: that is the only kind worth another try with less.</summary>
    public static bool IsExhausted(Exception error) =>
        error is OutOfMemoryException
        || (error is System.Runtime.InteropServices.ExternalException
            && (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase)
                || error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)));

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):N0} MiB");
}
