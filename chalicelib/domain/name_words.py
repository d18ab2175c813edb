"""The words that the search for names goes by: common given names, names that are everyday words too, and what is no name.

Where the lists come from and what they are worth is told in docs/decisions/0021-likely-names-are-ticked.md. They know nothing of texts.
"""

from __future__ import annotations

from functools import cache


@cache
def given_names() -> frozenset[str]:
    """Common given names in Sweden and Finland, in small letters."""
    return frozenset(_GIVEN_NAMES.split())


@cache
def everyday_words() -> frozenset[str]:
    """Given names and surnames that are everyday words too: only a capital makes names of them."""
    return frozenset(_EVERYDAY_WORDS.split())


@cache
def openers() -> frozenset[str]:
    """The everyday words among the given names that often begin a sentence, where a capital says nothing."""
    return frozenset(_OPENERS.split())


@cache
def no_names() -> frozenset[str]:
    """Words that begin with a capital, at the beginning of a sentence or anywhere, and are no names of persons."""
    return frozenset(_NO_NAMES.split())


@cache
def places() -> frozenset[str]:
    """Countries, provinces and towns."""
    return frozenset(_PLACES.split())


_GIVEN_NAMES = """
aada aapo aarne aarni aaro aaron aatos abbas abbe abdallah abdelrahman abdi abdirahman abdirizak abdul abdulkadir abdullah
abdullahi abdulrahman abeba abel abraham adam adele adil adis adna adnan adrian afnan agne agnes agneta agnieszka ahlam ahmad
ahmed ahmet ahti aida aiden aiham aila aili aimo aina aino airi aisa aischa aisha aki akram aksel akseli alaa alan alba albert
alberto albin aldin alejandro aleksandar aleksandra aleksanteri aleksej aleksi alem alen ales alex alexander alexandra alexej
alexis alf alfons alfred algot ali alia alice alicia alin alina alisa alisher allan alma almaz almir alva alvar alve alvin alya
amadeus amal amalia aman amanda amani amar amara amela amelia amelie amer amin amina amine amir amira amna amra ana anahita anan
anas anastasia anders andrea andreas andres andrew andrii andrzej andré andréas aneta anette angela angelica angelika angelina
angham ania anisa anita anja anki ann anna annbritt anne anneli annelie annette anni annica annie anniina annika annikki
annkristin annlouise annmari annmarie annsofie annukka anssi ante antero anthony anton antonia antonio antti anu anwar aram aras
arash arben ardian arezo ari arian ariana arif arja armas armin arne arnold aron arta artan arthur arto arttu artturi artur arvid
arvin arvo arya asad aseel ashraf asif asko asma asmaa asmir assar asta aston astrid asya atte august aukusti aulikki aulis aune
aurora awa awet axel aya ayaan ayan ayham ayman ayse ayub ayşe azad azadeh aziz aziza azra bahar bahram baran barbara barbro basel
bashar bashir basma beata beatrice behrouz bella ben bengt benjamin benny berhane berit berivan berndt bernhard bernt bert bertil
besnik bettan betty bianca bilal bill billy biniam birger birgit birgitta bjarne björn blerta bo bobby bodil boel bogdan bojan
boris bosse branka brita britt britta bror bruno burak burhan börje cajsa calle camilla carin carina carita carl carlos carmen
carola carolin carolina caroline casper cassandra catarina catharina cathrine catrin cecilia celine cem cesar charles charlie
charlott charlotta charlotte christel christer christian christin christina christine christofer christoffer christopher cihan
cissi claes clara clas claudia colin conny cornelia cristina curt dag dagge dagmar dagny damir dan daniel daniela daniella
danijela danne dante dara daria dariusz darko david dawit dejan demet denise deniz dennis derya desirée diana dick dijana dilan
dilara dima dina dino diyar dmytro doris douglas dragan dragana drita duc dunja dusan ebba ebbe eddie edgar edin edina edit edith
edona edvard edvin edward edwin eelis eemeli eemil eerik eero eetu eeva egil egon ehsan eija eila einar einari eino eira eivor
elaf elena eleonor eleonora elham elias elif eliisa elin elina elinor elis elisa elisabet elisabeth elise elizabeth ella ellen
elli ellie ellinor elliot elly elma elmer elmeri elmir elmo elna elnaz elof elsa else elsie elsy elton elvin elvir elvira elvis
elvy emanuel emelie emil emilia emilie emilio emily emin emina emine emir emira emma emmi emmy emre enar enes engla enisa ensio
eric erica erik erika erkki erland erling ermin erna ernst esa eskil esko esma esmail esra essi estelle ester esteri esther ethel
eugen eva evald eveliina evelina evelyn evert evy ewa eyob eyüp ezgi fabian fadi fadil fadime fadumo fahad faiza fanny farah fares
farhad farhan fariba farida faris faruk fatemeh fathia fatima fatma fatmir fatuma fawzia felicia felix ferdinand ferid fernando
feven filip filippa filmon fiona firas florence folke frank frans fred fredde fredric fredrik fredrika frehiwot freja freweini
frida fritz gabriel gabriella georg george gerd gerda gerhard gert gertrud ghada ghassan gillis gisela gittan glenn goran gordana
gottfrid grace grazyna greger gregor greta grzegorz gudrun gulistan gun gunborg gunbritt gunhild gunilla gunnar gunnel gunvor
gustaf gustav göran gösta göte habib habiba hadi hadia hadil hajar hakan hakim hala halima halina hamad hamdi hamid hampus hamza
hana hanan hani hanif hanin hanna hannah hannele hannes hannu hans harald harri harriet harry harun hasan hasna hassan hassina
hatice hawa haydar haytham hedda hedvig heidi heikki helen helena helene helga helge heli helin helinä hellevi helmer helmi helvi
hely helén heléne henke henna henning henri henric henrietta henrik henrikki henry herbert herman hermanni heta hiba hibo hilda
hilding hilkka hilla hillevi hilma hjalmar hjördis hoda hodan holger hosein hossein huda hugo husam husein husni hussain hussam
hussein håkan ian iben ibrahim ibrahima ida idris idun ifrah igor iida iiris iisakki ikram ilari ilhan ilias ilir ilkka ilmari
ilona ilse ilyas iman imane imran ina inas ines inez ing inga ingalill inge ingeborg ingegerd ingegärd ingela ingemar inger ingmar
ingmarie ingrid ingvar inkeri irena irene irfan irina iris irja irma irmeli iryna iréne isa isaac isabel isabell isabella isabelle
isac isak isla ismahan ismail ismo isra israa ivan ivana ivar iwona jaakko jaana jabbar jack jacob jafar jakob jalal jalmari jamal
james jan jane janet jani janina janne jari jarkko jarl jarmo jarno jasim jasmin jasmina jasmine jasna jason javad jawad jean
jeanette jelena jenna jenni jennie jennifer jenny jens jere jerker jerry jesper jesse jessica jill jim jimmie jimmy jiyan joachim
joacim joakim joanna jocke joe joel johan johanna johannes john johnny jolanta joline jon jonas jonatan jonathan joni jonis jonna
jonny jonte joona joonas joonatan jorma jose josef josefiina josefin josefina josefine joseph josephine jossan josé jouko jouni
jovan jovana juan judith juha juhana juhani juho jukka julia julian julie julius juma juni jussi justyna juulia juuso jyrki jörgen
kaarina kaarlo kai kaija kaino kaisa kaj kajsa kalervo kalevi kalle kaltrina kamal kamila kamran kari karim karin karina karl
karoliina karolina karwan kasia kasper katariina katarina katarzyna kateryna katharina kati katja katri katriina katrin kauko
kaveh kawa keijo kemal kenan kennet kenneth kenny kent kenth kerstin kerttu kevin khadija khadra khaled khalid khalil kian kiana
kicki kidane kielo kim kimmo kiros kirsi kirsti kjell klara klas knut konrad krille krista krister kristian kristiina kristijan
kristin kristina kristine kristofer kristoffer krystyna krzysztof kullervo kurre kurt kustaa kyllikki lage lahja laila lamia lana
lara larry lars lasse lassi latif laura lauri layan layla lea leah leena leevi leia leif leila lejla lelle lena lennart leo leon
leona leonard leonardo leopold levi leyla li liam lidia liisa lilian lilja lill lillan lillemor lilly lily lina linda lindita linh
linn linnea linnéa linus lisa lisbet lisbeth lise liselott liselotte liv livia ljiljana lo loke lott lotta lotte loui louie louis
louise lova love lovis lovisa lowe luay lubna lucas lucia ludde ludvig ludwig luis luka lukas lukasz luljeta lumi luna lydia lykke
maaria maarit mackan madeleine madelene magdalena maggan magnus mahad mahdi maher mahir mahmod mahmoud mahmud mahnaz mai maija
maire maj maja majbritt majd majed majid majken majvor malak malek malgorzata malik malika malin malte malva manfred manuel marcel
marcin marco marcus marek margaret margareta margaretha margit margot margret mari maria mariam mariana mariann marianne marie
marija marijana marika marina mario marit marita maritta marja marjaana marjan marjana marjatta marjo marjukka marjut mark
marketta markku marko markus marlene marta martin martina martta martti marwa marwan mary maryam maryan maryna marzena masoud
massoud mateusz matheo mathias mathilda matias matilda mats matte matteo matti mattias matts maud mauno mauri mauritz max
maximilian may maya mehdi mehmet mehran meja melaku melek melika melina melisa melissa melker melvin melwin merhawi meriam merja
meron mersiha mervan merve mervi mesfin mesut mia micael michael michaela michal michel michelle micke miguel mihai miia miika
mika mikael mikaela mikko mila milad milan milena milica milla milo milton mimmi mina minh minna minttu mio mira miranda mirela
miriam mirja mirjam mirjami miro mirsad mirza mitra mladen moa mohamad mohamed mohammad mohammed mohamud mohannad mohsen molly
mona monica monika morgan moussa muhamed muhammad muhammed muna munira murad murat musa mustafa mustafe my mykola märta märtha
måns mårten nabil nada nadia nadim nadir nadja nagla nahid nahla naim najib najma nalle nancy nanna naomi narges naser nasir nasra
nasrin nasser natalia natalie nataliia natanael natasa natasha nathalie nawal nazanin nea nebojsa nedim negar nellie nelly nelson
neo nermin nermina nettan nevena nguyen nicholas nicke nicklas niclas nicolas nicole nihad niilo niina nikita niklas niko nikola
niloufar nils nima nimo nina nisse nizar noa noah noel noelle nooa noor noora nora nour nova nur nura nuria nuur obaida oili oiva
oksana ola olav olavi ole oleg oleksandr oleksandra olena olga oliver olivia oliwer olle olli olof olov omar omer omid onerva onni
oona orhan orvokki osama oscar oskar oskari osman osmo ossi ossian otis otso ottilia otto outi ove owe paavo palle parisa parvin
pasi patric patricia patrick patrik paul paula pauli pauliina paulina pauline pawel peder pekka pelle penny pentti peppe per
pernilla pertti petar peter petra petri petter petteri philip pia pierre pihla piia pinja piotr pirjo pirkko pirre pontus pouya
putte pyry päivi päivikki pär qasim raakel rabia radek radmila rafael ragnar ragnhild rahel rahim rahma raija raili raimo rainer
ralf ralph rami ramin ramiz ramo rana rania rasha rashid rasim rasmus rauha raul rauno rawan raymond razan rebecca rebecka rebin
reem reetta regina reijo reine reinhold reino remzi renata renée reza richard rickard ricke ricky rigmor riikka riitta rikard riku
rima risto rita ritva robban robel robert roberta roberto robin roffe roger rojda rojin roksana rola roland rolf roman ronald
ronja ronnie ronny roope roosa rosa rose rosita rosmarie roy roya rozita ruben rudolf rune ruqaya rut ruth saad saara sabah sabina
sabrina sadia safa safiya saga sahar sahra said saida saif saila saimi sajad sakari salah saleh salem salim salli sally salma
salman sam samer sami samia samir samira samu samuel samuli sanaa sandra sanel sanela sanja sanna sanni santeri sara sarah sardar
sari sasa satu sead sebastian sebbe sebnem sedat seela seija selam selim selin selma semir semira senad seppo serdar serhat serhii
serkan seth shabnam shadi shahad shaima shamso shara sharif shayan shirin shkurte sigfrid sigge signe sigrid sigurd sigvard siiri
simo simon simone sinan sini sinikka siri sirkka sirkku sirpa sisko siv sivan sivert sixten slavica slobodan snezana sofi sofia
sofie soheil soile solveig sonia sonja sonny sophia sophie soran staffan stefan steffe stella stellan sten stephanie stephen steve
steven stig stina sture suad suada suheir sulaiman suleiman suleyman sumaya sune susan susann susanna susanne sussi suvi suzanne
svante svea sven svetlana sylvia sören tage taha tahir tahvo taina taisto tala tamara taneli tanja tapani tapio tarek tareq tariq
tarja tarmo taru tauno tea ted teemu teija tekle tellervo tellu teodor teppo teresa terese teresia terhi tero terttu tesfay
tesfaye tetiana teuvo thanh thea theo theodor theres therese theresia therése thomas thor thore thure tiia tiina tilda tilde tim
timo tina tindra tobbe tobias toini toivo tom tomas tomasz tomi tomislav tommi tommy tompa toni tony topias tor tora torbjörn tord
tore torgny torsten tova tove tristan tsegay tuan tuba tuija tuomas tuomo ture tuukka tuula tuuli tuulia tuulikki tuva tyra tyyne
ubah uffe ulf ulla ulle ulrica ulrik ulrika ulrike umar umut uno unto uolevi urban urho valbona valdemar valentin valentina valon
valter valtteri vanessa vanja veera veeti vega veijo veikko veli vendela venla vera verner verneri veronica veronika vesa vesna
victor victoria vidar vieno viggo viivi viktor viktoria vilgot vilhelm vilhelmiina vilhelmina vilho vilja viljami viljo ville
vilma vilmer vincent viola virpi viveka vivianne vjosa vladimir volkan volodymyr vuokko väinö wael wafa wahid waldemar waleed
walid walter warda warsame wassim werner weronika wilda wilhelm wilhelmina wille william willy wilma wilmer wojciech yahya yara
yaser yasin yasir yasmin yasmina yasser ylva ylvi yngve yohannes yonas yonis yosef younes younis yousef yousif youssef yrjö yulia
yuliia yunus yusra yusuf yvonne zack zahid zahra zaid zain zainab zakaria zaki zana zara zdravko zeinab zejna zelal zelda zeljko
zeynep zina zlatan zlatko zoe zofia zoran zorica zuhal zuzanna åke åsa åse örjan östen
"""

_EVERYDAY_WORDS = """
aalto aho ahti aina aino airi alaa alan alba ales alf alfa alin alm amine ana andersson angel ante armas arta arvo asp august aune
aura autio axel backman bailey baker banks barbro bell ben berg berggren bergman bill billy björk björn black blad blixt blom bo
boman borg brant brink bro brook bror brown brun bruun bränd bäck bäckström carol carter christian cook cooper cross dag dahl
daisy dal dawn dean del dick dina dolk drew dunder duva edit eino ek ekström else emir ensio erä ester eve fager faith falk firas
fisher flink fors fox frank frans fred frid friman frisk fritz fur fält gene glen grace gran gray green gren grön gun gunnel
gyllene haapala hage hake hala hall hammar hans hansson harju harry hauta hav hazel heather hed helga helmi hely heta hill hjort
hjälm holm honka hope hult hund hunter hägg hård ilta ing inga inge into iris isa isla ivy jack jarl jasmin jasmine jean joki jon
joy juni junior jägare järvi kai kaino kaj kallio kangas karhu kari karl kasper kesti kettu kielo kind king kivi klang klara kling
klok knut korhonen korpi koski krona krut kukka kuusi kvarn kvist käll källa laakso lage lahja lahti laine lampi lane lans last
lea lee lehti lehto leino lempi levin li lilja lily lind linn linna linnea lintu liv ljung lo lod long lott lova love lucia lumi
lund luoma lust lycka löf lönn löv maa maj major malm malva man marina mark martin mason matte max may meja melody meri metsä mila
miles miller milo mina mitra modig morgan mur musa my mäki mård nadir nagla nalle niemi nisse noble noita nord nordlund nova nurmi
ny nyman näs oiva ole olive olle onni orvokki otto owe page palm park parker pat patience patrick pearl peg penny per perälä petar
piers pil pilvi plym poika pope potter price putte qvist raitio ranta rask rauha ray reed rich rike riku rita rob robin rock roman
root ros rosa rose rot ruby rune runo rusty rut ruusu rönn saari saga said salama sali salli salmi salo sam samer sana sanaa sand
sandberg sandy sari satu savi seppä sini sirkku sisko sjö sjöberg skip skog sköld smith sol sonny spets spår stark sten stig
stjärna stor storm strand strid ström stål sue summer sund suo suvi svan sven svensson svärd syksy säker söder sömn taimi taina
taisto tala tall talvi tapper tarmo taru taylor tea ted teddy tid tilde tim tindra toini toivo tom tor tore torn torp tova trygg
tuomi tuuli tuva tyyne udd ung unto urban urho vaara vainio vall valli valo valon varg varma vasara vass veli vester victor vide
vieno vik viking vilja ville vinter viola violet virpi virta vuokko vuori väst wall ward wells west wester white will willy winter
wood woods worth young äng å åker ås åse ö öberg öst östlund
"""

_OPENERS = """
ahti aina aino alf ante ben bill bo dag dick dina edit else fred grace hala hans heta ing inga isa isla juni kaino kari kielo
klara lage lahja linn lo lott love lucia lumi maj marina mark matte max may mina mitra my nova oiva ole onni penny per rauha rita
roman rosa rose rut said sari satu sini sirkku sisko sten stig suvi taina taisto tala tarmo taru tea tim toini toivo tom tor tore
tuuli tyyne unto urho veli vieno vilja ville vuokko
"""

_NO_NAMES = """
a ab advent after all alla allah allt alltså although an and andra android anhörig anhöriga annan annars anonym anonymt any
apoteket app apple april arabic arabiska arbetsförmedlingen are as at att august augusti autumn av bankid bara barn barnet be
because before begär behöver beställ bibeln bland bluetooth boende borde both bra brodern bror brukaren but by bygg byt både can
chatgpt chef chefen chromebook chromebooks coop copilot corona coronan could council covid danska de dear december den denna dess
dessa dessutom det detta did dig din dina ditt do does doktor dom dotter dottern dr du där därför då each efter eftersom efteråt
egen egentligen ei eid eikä either elev eleven eleverna eli eller elokuu en engelska english enhetschef enhetschefen enligt ennen
ens ensi ensimmäinen er era ett että eu europa every excel facebook familjen farfar farmor fast faster februari february finnish
finsk finska fler flera flest flickan fn for fortfarande franska fredag fredagar fredagen french friday friskis from fru frun
fråga från fröken få för före förskollärare första gamla ge genom german gmail google granne grannen gruppen gröna gubben gud
gärna gör ha had han handläggare hans har has have hb he hei heidän heillä heinäkuu hej hela hello helmikuu hemköp hemlig henne
hennes her here heroma herr herra his hit hitta hon honom hos how huhtikuu hur hyresgästen hälsa hälsningar hän hänen här
häromdagen håll i ibland ica idag if igår ikea ilman imorgon in ingen inget innan inne inom inre instagram inte internet into ipad
ipads iphone is isä isäni it its ja jag januari january jesus joka jokainen jos joskus jotka jotta joulu joulukuu ju juhannus jul
julafton julen juli july june juni juuri jälkeen kahoot kaikki kaksi kan kanske kanssa keskiviikko kesäkuu kiitos killen klarna
kolla kollega kollegan kolme kommun kommunalråd kommunalrådet kommunen kompisen kontakta koranen koska kring kuka kun kund kunde
kunden kungliga kurator kuratorn kusin kyllä kör last lauantai ledare lego lidl lika lilla linkedin lions lite lokakuu lucia lägg
läkare läkaren lämna lärare läraren läs låt lördag lördagar lördagen maaliskuu maanantai maj maka make mamma mamman man many march
marraskuu mars may me med medan medborgare medborgaren meidän meille meillä mellan men mer messenger mest meänkieli microsoft
midsommar midsommarafton mielestäni migrationsverket miksi mikä min mina mindre minecraft minst minulla minun minä miss missä
miten mitt moi monday monet moni morfar mormor most moster mot mr mrs ms mukana mumin mutta muut mvh my mycket myös måndag
måndagar måndagen många måste naapuri namn ne ned nedre nej netflix next ni no nog nordiska norra norska norwegian not november nu
numera nya nyt nyår nyårsafton nämä när närmaste nästa nästan någon något några nån och också october of office ofta oktober okänd
olemme olen om on one onsdag onsdagar onsdagen opettaja or ordförande oss our outlook pappa pappan patienten pdf perjantai
persiska personalen pingst please plötsligt pojken polisen polish politikern polska posten postnord powerpoint prata precis
professor pääsiäinen på påsk påsken ramadan redan regeringen region regionen rehtori rektor rektorn riksdagen ring ringa romani
rotary rouva russian ryska röda saab sama samiska samma samordnare samordnaren samt samtidigt sankt saturday scania se sedan sen
senast september ser she should siellä siis silloin silti sin sina since sinun sinä sir sist sitt sitten sjuksköterska självklart
ska skolverket skriv skulle skype skötare sköterska snapchat snart snälla so socialsekreterare socialstyrelsen som somaliska some
son sonen spanish spanska speciellt spotify st staden staten stora summer sunday sunnuntai svensk svenska svenskar swedish swish
systembolaget syster systern syyskuu särskilt sätt så sådan södra söndag söndagar söndagen ta tack tai tala tammikuu tanten te
team teams teidän teillä telenor telia terve thanks that the their there these they this those thursday tidigare tiistai tiktok
till tillsammans tisdag tisdagar tisdagen tjejen to tog torsdag torsdagar torsdagen torstai toukokuu trafikverket tror trots
träffa tränare tränaren tuesday turkiska twitter tycker tyska tyvärr tämä tänk tässä under undersköterska undertecknad unikum upp
ut utan utanför vad vaikka vain vaktmästare vaktmästaren valborg var vara varför varje varmasti vem vems vet vi vid vidare vielä
viime vikarien vilka vilken vill visst vklass volvo väl vän vännen västra vår våra vårt was we wednesday were what whatsapp when
where which while who why wifi wikipedia will willys windows winter with without word would yes yksi you your youtube yttre zoom
äiti äitini än ännu är även åt östra över övre
"""

_PLACES = """
afghanistan afrika algeriet alingsås alvesta america amerika argentina arjeplog arvidsjaur arvika asien asker askersund australien
avesta bagdad balkan belgien bergslagen berlin blekinge boden bohuslän bollnäs boo borgholm borlänge borås bosnien botkyrka
brasilien bryssel bulgarien chile china colombia dalarna dalsland damaskus danderyd danmark degerfors denmark egypten eksjö
emmaboda england englanti enköping eritrea eskilstuna eslöv espoo estland etiopien europa fagersta falkenberg falköping falun
fellingsbro filippinerna finland finspång fjugesta flen france frankrike frövi garphyttan gaza georgien germany gislaved gotland
grekland gällivare gästrikland gävle götaland göteborg göteborgi götene haaparanta halland hallsberg halmstad haninge haparanda
hedemora helsingborg helsingfors helsingin helsinki hjo holland huddinge hudiksvall hällefors hälsingland härjedalen härnösand
härryda hässleholm håbo höör india indien irak iran iraq irland island israel italien italy japan jokkmokk jordanien jämtland
jönköping kabul kalix kalmar kanada karlsborg karlshamn karlskoga karlskrona karlstad katrineholm kina kiruna knivsta kongo
kopparberg kosovo kramfors kristianstad kristinehamn kroatien kuba kumla kungsbacka kungälv kurdistan köpenhamn köping laholm
landskrona lappland laxå lekeberg leksand lerum lettland libanon libyen lidingö lidköping lindesberg linköping litauen ljungby
ljusdal ljusnarsberg london ludvika luleå lund lycksele lysekil malmö malung mariestad marocko medelpad mexiko mjölby mogadishu
moldavien montenegro mora moskva motala mälardalen märsta mölndal mörbylånga nacka nederländerna nigeria nora nordkorea
nordmakedonien norge norja norrbotten norrköping norrland norrtälje norway nybro nyköping nynäshamn närke nässjö odensbacken
olofström oskarshamn oslo oulu oxelösund pajala pakistan palestina paris partille piteå poland polen portugal pålsboda ronneby
roslagen rumänien ruotsi russia ryssland rättvik saksa sala sandviken saudiarabien schweiz serbien sigtuna simrishamn skara
skaraborg skellefteå skottland skåne sköllersta skövde slovakien slovenien småland sollefteå sollentuna solna somalia spain
spanien stenungsund stockholm storbritannien storuman storå strängnäs strömstad strömsund sudan sundbyberg sundsvall suomeen
suomen suomessa suomesta suomi svealand sverige sweden sydafrika sydkorea syria syrien säffle söderhamn söderköping södermanland
södertälje sölvesborg sörmland tammerfors tampere tanska teheran thailand tidaholm tierp timrå tjeckien tornio tranås trelleborg
trollhättan trosa tukholma tumba tunisien turkey turkiet turku turun turussa tyskland täby töreboda uddevalla ukraina ukraine umeå
ungern uppland uppsala usa uzbekistan vaasa valdemarsvik vallentuna vantaa vara varberg vaxholm venezuela venäjä vetlanda vietnam
vilhelmina vimmerby vintrosa viro visby vänersborg värmland värnamo västerbotten västergötland västervik västerås västmanland
växjö wales warszawa yhdysvallat ystad älmhult ängelholm åbo åmål ånge ångermanland åre öland örebro örnsköldsvik östergötland
österrike östersund östhammar övertorneå
"""
