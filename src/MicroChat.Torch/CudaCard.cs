using System.Reflection;
using System.Runtime.InteropServices;

namespace MicroChat.Torch;

/// <summary>What the driver says of a card. Torch's own numbering: the environment's choice of visible cards holds for both.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Major">Generation: the first part of the compute capability.</param>
/// <param name="FreeBytes">Memory that nobody uses. Unit: bytes.</param>
/// <param name="TotalBytes">All its memory. Unit: bytes.</param>
/// <param name="DriverVersion">Newest CUDA that the driver knows.</param>
internal sealed partial record CudaCard(string Name, int Major, long FreeBytes, long TotalBytes, Version DriverVersion)
{
    private const string Driver = "cuda-driver";
    private const int NameBytes = 256;
    private const int CapabilityMajor = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR

    /// <summary>Whether there is a driver for cards.</summary>
    public static bool HasDriver { get; } = FindDriver();

    /// <summary>The card of this index; null where there is no driver or no such card.</summary>
    public static CudaCard? Read(int index)
    {
        if (!HasDriver || cuInit(0) != 0 || cuDeviceGet(out int device, index) != 0 || cuDevicePrimaryCtxRetain(out nint context, device) != 0)
        {
            return null;
        }
        cuCtxPushCurrent(context);
        try
        {
            Span<byte> name = stackalloc byte[NameBytes];
            bool known = cuDeviceGetName(name, NameBytes, device) == 0 & cuDeviceGetAttribute(out int major, CapabilityMajor, device) == 0
                & cuMemGetInfo(out nuint free, out nuint total) == 0 & cuDriverGetVersion(out int version) == 0;
            return known
                ? new CudaCard(System.Text.Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]), major, (long)free, (long)total, new Version(version / 1000, version % 1000 / 10))
                : null;
        }
        finally
        {
            cuCtxPopCurrent(out _);
            cuDevicePrimaryCtxRelease(device);
        }
    }

    private static bool FindDriver()
    {
        string[] names = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"];
        nint handle = 0;
        bool found = names.Any(name => NativeLibrary.TryLoad(name, out handle));
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (library, _, _) => library == Driver ? handle : 0);
        return found;
    }

    [LibraryImport(Driver)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Driver)]
    private static partial int cuDriverGetVersion(out int version);

    [LibraryImport(Driver)]
    private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Driver)]
    private static partial int cuDeviceGetName(Span<byte> name, int length, int device);

    [LibraryImport(Driver)]
    private static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Driver)]
    private static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Driver, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int cuDevicePrimaryCtxRelease(int device);

    [LibraryImport(Driver, EntryPoint = "cuCtxPushCurrent_v2")]
    private static partial int cuCtxPushCurrent(nint context);

    [LibraryImport(Driver, EntryPoint = "cuCtxPopCurrent_v2")]
    private static partial int cuCtxPopCurrent(out nint context);

    [LibraryImport(Driver, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int cuMemGetInfo(out nuint free, out nuint total);
}
