using System.Globalization;
using System.Runtime.InteropServices;

namespace MicroChat.Torch;

/// <summary>Number format of weights, activations and caches on a device.</summary>
public enum TorchPrecision
{
    /// <summary>bfloat16 on cards that compute in it, else float32.</summary>
    Auto,

    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>bfloat16: float32's range with 8 bits of precision. Training keeps float32 master weights.</summary>
    BFloat16,

    /// <summary>IEEE half: for serving only, as gradients would underflow.</summary>
    Float16,
}

/// <summary>A device and the number format in which decoders compute there.</summary>
public sealed class TorchPlace
{
    /// <summary>First generation of cards that compute in bfloat16: Ampere.</summary>
    private const int BFloat16Capability = 8;

    private static readonly Lazy<int> FoundCards = new(FindCards);

    private TorchPlace(torch.Device device, ScalarType number)
    {
        (Device, Number) = (device, number);
        Description = string.Create(CultureInfo.InvariantCulture, $"TorchSharp on {Name(device)}, {number}");
    }

    /// <summary>The device in words.</summary>
    public string Description { get; }

    internal torch.Device Device { get; }

    internal ScalarType Number { get; }

    internal bool IsCuda => Device.type == DeviceType.CUDA;

    /// <summary>Bytes of a number.</summary>
    internal int NumberBytes => Number == ScalarType.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Cards that can be used.</summary>
    public static int Cards => FoundCards.Value;

    /// <summary>Why the library cannot be used: its native part is missing or of another kind; null: it can.</summary>
    public static string? Probe()
    {
        try
        {
            using Tensor one = torch.ones(1);
            return null;
        }
        catch (Exception failure) when (failure is NotSupportedException or TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return failure.Message.Split('\n')[0].TrimEnd('\r', '.');
        }
    }

    /// <summary>What is wrong with a setting; null: nothing.</summary>
    public static string? Fault(string device)
    {
        try
        {
            Parse(device, Cards);
            return null;
        }
        catch (ArgumentException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>The place that a setting names.</summary>
    /// <param name="device">"auto": the first card, else the processor; "cpu"; "cuda" or "cuda:0" and so on.</param>
    /// <param name="precision">Number format.</param>
    /// <exception cref="ArgumentException">The setting names no device, or one that this machine lacks; the message says what there is.</exception>
    public static TorchPlace Choose(string device, TorchPrecision precision)
    {
        torch.Device chosen = Parse(device, Cards);
        return new TorchPlace(chosen, precision switch
        {
            TorchPrecision.Float32 => ScalarType.Float32,
            TorchPrecision.BFloat16 => ScalarType.BFloat16,
            TorchPrecision.Float16 => ScalarType.Float16,
            _ => chosen.type == DeviceType.CUDA && CudaCard.Read(chosen.index) is { Major: >= BFloat16Capability } ? ScalarType.BFloat16 : ScalarType.Float32,
        });
    }

    /// <summary>Memory that can still be had there. Unit: bytes.</summary>
    internal long AvailableBytes() => IsCuda ? CudaCard.Read(Device.index)?.FreeBytes ?? long.MaxValue : Model.Decoding.MemoryPlan.AvailableBytes();

    /// <summary>Asks the library for cards only where it can have some: it prints a page of advice when its part for CUDA is not there.</summary>
    private static int FindCards() =>
        CudaCard.HasDriver && NativeLibrary.TryLoad("torch_cuda", typeof(torch).Assembly, searchPath: null, out _) && torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    private static torch.Device Parse(string device, int cards)
    {
        if (device is "cpu" || (device is "auto" && cards == 0))
        {
            return new torch.Device(DeviceType.CPU);
        }
        const string Cuda = "cuda:";
        int index = device is "auto" or "cuda" ? 0
            : device.StartsWith(Cuda, StringComparison.Ordinal) && int.TryParse(device.AsSpan(Cuda.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int named) ? named
            : throw new ArgumentException($"Model:Device is \"{device}\"; it must be auto, cpu, or cuda:0 and so on for a card.");
        return index < cards ? new torch.Device(DeviceType.CUDA, index) : throw new ArgumentException(
            $"Model:Device is \"{device}\", but {(cards == 0 ? "no card can be used" : $"there are {cards} cards, from cuda:0 on")}. "
            + "Say auto or cpu, or check the driver and that the program was built with -p:Torch=cuda-linux or cuda-windows.");
    }

    private static string Name(torch.Device device) => device.type == DeviceType.CUDA
        ? CudaCard.Read(device.index) is { } card
            ? string.Create(CultureInfo.InvariantCulture, $"cuda:{device.index} ({card.Name}, {card.FreeBytes >> 20:N0} of {card.TotalBytes >> 20:N0} MiB free, driver for CUDA {card.DriverVersion})")
            : $"cuda:{device.index}"
        : "the CPU";
}
