using MicroChat.Model.Decoding;

namespace MicroChat.Adapters;

/// <summary>Where models compute.</summary>
internal static class ComputeDevices
{
    private const string Auto = "auto", Cpu = "cpu";

    /// <summary>What is wrong with the choice, with value, wish and remedy; null: nothing.</summary>
    public static string? Fault(string device) => device switch
    {
        Auto or Cpu => null,
        _ when BuiltInAdapters.TorchFault is { } fault => $"Model:Device is \"{device}\", which TorchSharp would compute on, {fault}; it must be auto or cpu. "
            + "For a card, build the Full profile (-p:Profile=Full -p:Torch=cuda-linux or cuda-windows).",
        _ => BuiltInAdapters.TorchDeviceFault(device),
    };

    /// <summary>From now on models compute as the choice says: on a card where there is one and it works, else with the kernels of this project.</summary>
    /// <remarks>The processor is left to the built-in kernels, also where TorchSharp was built in. What there is is found out when a model is loaded.</remarks>
    public static void Use(string device) => ComputeBackends.Preferred = () => Chosen(device);

    private static IComputeBackend? Chosen(string device) =>
        device is Cpu || BuiltInAdapters.TorchFault is not null || (device is Auto && !BuiltInAdapters.HasCard) ? null : BuiltInAdapters.Torch(device);
}
