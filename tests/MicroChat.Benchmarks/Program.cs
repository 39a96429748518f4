using MicroChat.Benchmarks;

string verb = args.Length > 0 ? args[0] : "";
switch (verb)
{
    case "machine":
        MachineBench.Run();
        return 0;
    case "gemm":
        GemmBench.Run(args.Length > 1 ? args[1] : "");
        return 0;
    default:
        Console.Error.WriteLine($"\"{verb}\" is no benchmark; say: machine, gemm.");
        return 2;
}
