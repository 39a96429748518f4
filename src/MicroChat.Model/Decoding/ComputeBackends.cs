using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Which backend computes in this process: the managed one, unless the program was built with another and the settings take it.</summary>
public static class ComputeBackends
{
    /// <summary>Makes the backend that the settings chose; null, or when it gives null: the managed one.</summary>
    public static Func<IComputeBackend?>? Preferred { get; set; }

    /// <summary>A backend, which the caller disposes.</summary>
    /// <param name="threads">Threads of the managed one.</param>
    public static IComputeBackend New(int threads) => Preferred?.Invoke() ?? new ManagedBackend(threads);

    /// <summary>A backend, which the caller disposes.</summary>
    /// <param name="crew">Threads of the managed one, which stay the caller's.</param>
    public static IComputeBackend New(Crew crew) => Preferred?.Invoke() ?? new ManagedBackend(crew);
}
