namespace StreamInference.Simulation;

/// <summary>What a terminal sells. Written in lower case with underscores, see <see cref="MerchantCategories.Names"/>.</summary>
public enum MerchantCategory
{
    /// <summary>Supermarkets and food shops.</summary>
    Grocery,

    /// <summary>Restaurants, bars and canteens.</summary>
    Restaurant,

    /// <summary>Fuel stations.</summary>
    Fuel,

    /// <summary>Pharmacies.</summary>
    Pharmacy,

    /// <summary>Clothes and shoes.</summary>
    Clothing,

    /// <summary>Electronics.</summary>
    Electronics,

    /// <summary>Hotels, airlines, travel agencies.</summary>
    Travel,

    /// <summary>Cinemas, concerts, games.</summary>
    Entertainment,

    /// <summary>Downloads, subscriptions, gift codes.</summary>
    DigitalGoods,

    /// <summary>Furniture and hardware.</summary>
    Home,

    /// <summary>Jewelry and watches.</summary>
    Jewelry,

    /// <summary>Local transport, taxis, parking.</summary>
    Transport,
}
