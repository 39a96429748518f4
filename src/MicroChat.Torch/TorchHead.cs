using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>Scalar heads: their C + 1 numbers live in the process's memory, the products with hidden states happen on the device.</summary>
internal static class TorchHead
{
    /// <summary>scalar[t] = hidden[t]·w + b.</summary>
    public static void Read(Tensor hidden, ScalarHead head, Span<float> scalar)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        Tensors.Download(hidden.to(ScalarType.Float32).matmul(Weight(head, hidden.device)).add(head.Bias), scalar);
    }

    /// <summary>dHidden[t] += dScalar[t]·w.</summary>
    /// <returns>(C + 1) Σ dScalar[t]·hidden[t] and Σ dScalar[t].</returns>
    public static float[] Backward(Tensor hidden, ScalarHead head, ReadOnlySpan<float> dScalar, Tensor dHidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        Tensor d = torch.tensor(dScalar.ToArray(), device: hidden.device);
        dHidden.addmm_(d.unsqueeze(1), Weight(head, hidden.device).unsqueeze(0), 1, 1);
        float[] gradient = new float[head.Weight.Length + 1];
        Tensors.Download(torch.cat([hidden.to(ScalarType.Float32).transpose(0, 1).matmul(d), d.sum().unsqueeze(0)]), gradient);
        return gradient;
    }

    /// <summary>Adds the result of <see cref="Backward"/> to the head's gradients.</summary>
    public static void Add(ReadOnlySpan<float> gradient, ScalarHead head)
    {
        Span<float> weights = head.WeightGradient;
        for (int c = 0; c < weights.Length; c++)
        {
            weights[c] += gradient[c];
        }
        head.BiasGradient[0] += gradient[^1];
    }

    private static Tensor Weight(ScalarHead head, torch.Device device) => torch.tensor(head.Weight.ToArray(), device: device);
}
