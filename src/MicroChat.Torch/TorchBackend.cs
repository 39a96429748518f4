using System.Runtime.CompilerServices;
using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// Decoders on TorchSharp. A block of weights, an adapter or a base, is copied to the device once, however many decoders use it, and leaves it
/// when its original is disposed. Not thread-safe: one caller at a time.
/// </summary>
public sealed class TorchBackend : IComputeBackend
{
    private readonly ConditionalWeakTable<ParameterBlock, DeviceBlock> _blocks = [];
    private readonly ConditionalWeakTable<LoraAdapter, TorchAdapter> _adapters = [];
    private readonly Crew _crew = new(1);

    /// <summary>A backend on a device.</summary>
    public TorchBackend(TorchPlace place)
    {
        Place = place;
    }

    /// <summary>The device and number format.</summary>
    public TorchPlace Place { get; }

    /// <inheritdoc/>
    public string Description => Place.Description;

    /// <inheritdoc/>
    public long AvailableBytes => Place.AvailableBytes();

    /// <summary>For the host's part of the work: the optimiser's blocks when a checkpoint is written.</summary>
    internal Crew Crew => _crew;

    /// <inheritdoc/>
    public IDecoder NewDecoder(ParameterBlock weights, int stepTokens)
    {
        if (!_blocks.TryGetValue(weights, out _))
        {
            TorchMemory.Serving(weights, Place).Require(Place);
        }
        return new TorchDecoder(weights, this, stepTokens);
    }

    /// <inheritdoc/>
    public ITrainableDecoder NewTrainable(ParameterBlock weights, bool frozen, bool recompute)
    {
        TorchMemory.Training(weights, Place, frozen, isThere: _blocks.TryGetValue(weights, out _)).Require(Place);
        return new TorchTrainableDecoder(weights, this, frozen, recompute);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, TorchAdapter adapter) in _adapters)
        {
            adapter.Dispose();
        }
        foreach ((_, DeviceBlock block) in _blocks)
        {
            block.Dispose();
        }
        _adapters.Clear();
        _blocks.Clear();
        _crew.Dispose();
    }

    /// <summary>A block's copy on the device.</summary>
    internal DeviceBlock BlockOf(ParameterBlock original)
    {
        if (!_blocks.TryGetValue(original, out DeviceBlock? block))
        {
            block = new DeviceBlock(original, Place);
            _blocks.Add(original, block);
            original.Accompany(block);
        }
        return block;
    }

    /// <summary>An adapter on the device; it learns there when its original does.</summary>
    internal TorchAdapter AdapterOf(LoraAdapter original)
    {
        bool learns = original.Training is not null;
        if (_adapters.TryGetValue(original, out TorchAdapter? adapter) && adapter.Learns == learns)
        {
            return adapter;
        }
        adapter?.Dispose();
        DeviceBlock block = BlockOf(original.Weights);
        adapter = new TorchAdapter(original, block, learns);
        if (original.Training is { } training)
        {
            Restore(block.Learn(), training.Optimizer, block);
        }
        _adapters.AddOrUpdate(original, adapter);
        original.Weights.Accompany(adapter);
        return adapter;
    }

    /// <summary>Takes moments and step count over from the process's memory.</summary>
    internal static void Restore(DeviceTraining training, Optimizer optimizer, DeviceBlock block)
    {
        block.Upload(optimizer.First, training.First);
        block.Upload(optimizer.Second, training.Second);
        training.Steps = optimizer.Steps;
    }

    /// <summary>Brings moments and step count into the process's memory.</summary>
    internal static void Save(DeviceTraining training, Optimizer optimizer)
    {
        DeviceBlock.Download(training.First, optimizer.First);
        DeviceBlock.Download(training.Second, optimizer.Second);
        optimizer.Steps = training.Steps;
    }
}
