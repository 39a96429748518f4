Console.WriteLine("MicroChat");
