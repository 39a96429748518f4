using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// What a block needs to learn. Autograd adds the gradients of one micro-batch, in the format of the passes, to a buffer of its own; they join
/// the float32 sum when the micro-batch is complete, so that one which ran out of memory half way leaves nothing behind.
/// </summary>
internal sealed class DeviceTraining : IDisposable
{
    private readonly DeviceBlock _block;
    private readonly Tensor _micro;
    private readonly List<Tensor> _leaves = [];

    public DeviceTraining(DeviceBlock block)
    {
        if (block.Place.Number == ScalarType.Float16)
        {
            throw new ArgumentException("Training in float16 is not offered, as small gradients become 0 in it; use bf16 or fp32.");
        }
        _block = block;
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        Master = block.Place.Number == ScalarType.Float32 ? block.Numbers : Tensors.Keep(block.Numbers.to(ScalarType.Float32));
        _micro = Tensors.Keep(torch.zeros_like(block.Numbers));
        Gradient = Tensors.Keep(torch.zeros_like(Master));
        First = Tensors.Keep(torch.zeros_like(Master));
        Second = Tensors.Keep(torch.zeros_like(Master));
        if (!ReferenceEquals(Master, block.Numbers))
        {
            block.Upload(block.Original, Master); // the original's float32 numbers, not those that were rounded
        }
    }

    /// <summary>Float32 weights that the updates change; the block's own numbers where these are float32.</summary>
    public Tensor Master { get; }

    /// <summary>Float32 sum of the gradients since the last update.</summary>
    public Tensor Gradient { get; }

    /// <summary>First moments.</summary>
    public Tensor First { get; }

    /// <summary>Second moments.</summary>
    public Tensor Second { get; }

    /// <summary>Updates made so far.</summary>
    public long Steps { get; set; }

    /// <summary>A tensor of the block that autograd gives its gradient to; lives as long as this does.</summary>
    public Tensor Leaf(long offset, params long[] shape)
    {
        using Tensor view = DeviceBlock.ViewOf(_block.Numbers, offset, shape);
        using Tensor gradient = DeviceBlock.ViewOf(_micro, offset, shape);
        Tensor leaf = Tensors.Keep(view.detach());
        leaf.requires_grad = true;
        leaf.grad = gradient;
        _leaves.Add(leaf);
        return leaf;
    }

    /// <summary>The micro-batch is complete: its gradients join the sum.</summary>
    public void Commit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        Gradient.add_(_micro);
        _micro.zero_();
    }

    /// <summary>The micro-batch failed: its gradients are forgotten.</summary>
    public void Discard()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        _micro.zero_();
    }

    /// <summary>Forgets all gradients.</summary>
    public void Clear()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        Gradient.zero_();
    }

    /// <summary>Σ of the squared gradients.</summary>
    public double SumOfSquares()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        double norm = Gradient.norm().ToDouble();
        return norm * norm;
    }

    /// <summary>One update; <paramref name="clip"/> multiplies the gradients.</summary>
    public void Move(float learningRate, float clip, OptimizerOptions options)
    {
        using IDisposable plain = torch.no_grad();
        Steps++;
        DeviceOptimizer.Move(this, _block.Original.Tensors.Parameters, learningRate, clip, options);
        Spread();
    }

    /// <summary>Rounds the master weights into the numbers that passes compute with.</summary>
    public void Spread()
    {
        if (!ReferenceEquals(Master, _block.Numbers))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable plain = torch.no_grad();
            _block.Numbers.copy_(Master);
        }
    }

    public void Dispose()
    {
        _leaves.ForEach(leaf => leaf.Dispose());
        if (!ReferenceEquals(Master, _block.Numbers))
        {
            Master.Dispose();
        }
        foreach (Tensor tensor in new[] { _micro, Gradient, First, Second })
        {
            tensor.Dispose();
        }
    }
}
